/**
 * The entries of the transparency log (SPEC LOG-02): one per change of the key directory.
 *   version 1 | type 1 | at (uint64, milliseconds) | account id 32 | body
 * One entry has one spelling. Nothing here checks a signature; who audits does (lib/crypto/account/log-entry.ts).
 */
import { concatBytes, fromHex, toHex } from "../bytes";
import { accountKeyBytes } from "../certificates";
import { certificateMaxBytes, latestDateMs } from "../limits";
import { readWhole, tlsOpaque, tlsUint, type TlsReader } from "../mls/tls";
import { revocationBytes } from "../revocation";

/** The change, without its account and time. */
export type LogChange =
  /** The account certificate, DER. */
  | { readonly kind: "account"; readonly certificate: Uint8Array }
  /** A device's certificate, DER; also each renewal of it. */
  | { readonly kind: "device"; readonly certificate: Uint8Array }
  /** The account's signed word that one of its devices is no longer its own. */
  | { readonly kind: "revocation"; readonly revocation: Uint8Array }
  /** The owner's signed word that the account ends, at a version of its vault. */
  | { readonly kind: "deletion"; readonly vaultVersion: number; readonly signature: Uint8Array }
  /** Another account has the name from here on; no signature of the account stands behind that (REC-05). */
  | { readonly kind: "replaced"; readonly successorId: string };

export type LogEntry = LogChange & {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** By the server's clock, in milliseconds since 1970; shown, and decides nothing. */
  readonly at: number;
};

export const logKinds = ["account", "device", "revocation", "deletion", "replaced"] as const;
export type LogKind = (typeof logKinds)[number];

const formatVersion = 1;
const idBytes = 32;
/** Header, the size of a certificate, and the certificate. */
export const logEntryMaxBytes = 2 + 8 + idBytes + 4 + certificateMaxBytes;

/** Throws RangeError for fields that cannot stand in an entry. */
export function encodeLogEntry(entry: LogEntry): Uint8Array {
  const { accountId, at, kind } = entry;
  if (!Number.isSafeInteger(at) || at < 0 || at > latestDateMs) throw new RangeError("not a time");
  const type = logKinds.indexOf(kind) + 1;
  const body = logBody(entry);
  const isCertificate = kind === "account" || kind === "device";
  const header = concatBytes(Uint8Array.of(formatVersion, type), tlsUint(at, 8), idOf(accountId));
  return concatBytes(header, isCertificate ? tlsOpaque(body) : body);
}

/** `undefined`: not an entry. */
export function decodeLogEntry(bytes: Uint8Array): LogEntry | undefined {
  if (bytes.length > logEntryMaxBytes) return undefined;
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === formatVersion);
    const kind = logKinds[reader.uint8() - 1];
    const at = reader.uint64();
    reader.require(at <= BigInt(latestDateMs));
    const accountId = toHex(reader.bytes(idBytes));
    return { ...readBody(reader, kind), accountId, at: Number(at) };
  });
}

/** What the entry says beside account and time, by whose SHA-256 it is found. Throws as `encodeLogEntry`. */
export function logBody(entry: LogChange): Uint8Array {
  switch (entry.kind) {
    case "account":
    case "device": {
      const { length } = entry.certificate;
      if (length === 0 || length > certificateMaxBytes) throw new RangeError("not a certificate");
      return entry.certificate;
    }
    case "revocation":
      if (entry.revocation.length !== revocationBytes) throw new RangeError("not a revocation");
      return entry.revocation;
    case "deletion":
      if (entry.signature.length !== accountKeyBytes) throw new RangeError("not a signature of an account");
      return concatBytes(tlsUint(entry.vaultVersion, 4), entry.signature);
    case "replaced":
      return idOf(entry.successorId);
  }
}

function readBody(reader: TlsReader, kind: LogKind | undefined): LogChange {
  switch (kind) {
    case "account":
    case "device":
      return { kind, certificate: reader.opaque(1, certificateMaxBytes) };
    case "revocation":
      return { kind, revocation: reader.bytes(revocationBytes) };
    case "deletion":
      return { kind, vaultVersion: reader.uint32(), signature: reader.bytes(accountKeyBytes) };
    case "replaced":
      return { kind, successorId: toHex(reader.bytes(idBytes)) };
    case undefined:
      return reader.refuse();
  }
}

function idOf(id: string): Uint8Array {
  const bytes = fromHex(id);
  if (bytes?.length !== idBytes) throw new RangeError("not an account id");
  return bytes;
}
