/**
 * Reading every new entry of the log, for those about the own account (SPEC LOG-12). All of them, because a server that leaves
 * one out must not be able to: each page is proven to be where the head has it.
 */

import {
  peekAccountCertificate,
  verifyAccountCertificate,
  verifyByAccount,
  verifyDeviceCertificate,
  type AccountCertificate,
} from "../../../crypto/account/certificates";
import { verifyRevocation } from "../../../crypto/account/revocation";
import { deletionStatement } from "../../../protocol/account-statement";
import { fromHex, toHex } from "../../../protocol/bytes";
import { logArrivalsMax } from "../../../protocol/limits";
import type { Checkpoint } from "../../../protocol/log/checkpoint";
import { decodeLogEntry, type LogEntry } from "../../../protocol/log/entries";
import { appendLeaf, foldHashes, leafHash, type Frontier } from "../../../protocol/log/merkle";
import type { StoredIdentity } from "../identity";
import type { LogBook } from "./book";
import { isContinuation, type LogHost } from "./follow";
import type { LogState } from "./records";

export interface WatchHost extends LogHost {
  readonly identity: Pick<StoredIdentity, "accountId" | "deviceId" | "username" | "accountCertificate">;
  /** The device is in one of our rooms with another certificate: it was renewed, and is not new. */
  isRenewal(deviceId: string, certificate: Uint8Array): boolean;
  /** A revocation of one of the own devices. */
  revoked(revocation: Uint8Array): void;
}

/** Who was away for long reads the rest at the next look: some 10,000 entries, 10 MB, at a time. */
const pagesMax = 40;

export async function watch(host: WatchHost, book: LogBook, head: Checkpoint): Promise<void> {
  const own = await verifyAccountCertificate(host.identity.accountCertificate);
  for (let pages = 0; pages < pagesMax; pages++) {
    const { state } = book;
    if (own === undefined || state?.read === undefined || state.read.size >= head.size) return;
    const from = state.read.size;
    const asked = await host.transport.request("log:entries", { from });
    if (!asked.ok) return;
    const entries = asked.value.entries.slice(0, head.size - from);
    let frontier: Frontier = { size: from, hashes: state.read.hashes.map((hash) => fromHex(hash) ?? new Uint8Array()) };
    const findings: Finding[] = [];
    for (const [at, bytes] of entries.entries()) {
      frontier = appendLeaf(frontier, leafHash(bytes)).frontier;
      const finding = await judge(host, state, own, bytes, from + at);
      if (finding !== undefined) findings.push(finding);
    }
    const page = { origin: head.origin, size: frontier.size, root: foldHashes(frontier.hashes) };
    const fits = entries.length > 0 && (await isContinuation(host, page, head));
    if (fits === "later") return;
    if (!fits) {
      // Read again the next time: what these say counts for nothing.
      await book.alarm("wrong-entries", { notes: state.note === undefined ? [] : [state.note] });
      return;
    }
    await note(book, findings, frontier);
  }
}

type Finding =
  | { readonly kind: "arrival"; readonly deviceId: string; readonly at: number; readonly index: number }
  | { readonly kind: "forged-entry" | "name-taken"; readonly index: number };

async function note(book: LogBook, findings: readonly Finding[], { size, hashes }: Frontier): Promise<void> {
  for (const finding of findings)
    if (finding.kind !== "arrival") await book.alarm(finding.kind, { index: finding.index });
  const { state } = book;
  if (state === undefined) return;
  const known = new Set([...state.known, ...state.arrivals.map(({ deviceId }) => deviceId)]);
  const arrivals = findings.flatMap((finding) => {
    if (finding.kind !== "arrival" || known.has(finding.deviceId)) return [];
    known.add(finding.deviceId);
    const { deviceId, at, index } = finding;
    return { deviceId, at, index };
  });
  const all = [...state.arrivals, ...arrivals] as LogState["arrivals"];
  await book.update({ read: { size, hashes: hashes.map(toHex) }, arrivals: all.slice(-logArrivalsMax) });
  if (arrivals.length > 0) book.tell();
}

async function judge(
  host: WatchHost,
  state: LogState,
  own: AccountCertificate,
  bytes: Uint8Array,
  index: number,
): Promise<Finding | undefined> {
  const entry = decodeLogEntry(bytes);
  if (entry === undefined) return undefined;
  if (entry.accountId !== own.accountId) {
    const isTaken = entry.kind === "account" && peekAccountCertificate(entry.certificate)?.username === own.username;
    return isTaken ? { kind: "name-taken", index } : undefined;
  }
  if (entry.kind === "replaced") return { kind: "name-taken", index };
  const verdict = await ownEntry(host, state, own, entry);
  if (verdict === "forged") return { kind: "forged-entry", index };
  return verdict === undefined ? undefined : { kind: "arrival", deviceId: verdict, at: entry.at, index };
}

/** The id of a device that came; `forged`: the account has not signed it. */
async function ownEntry(
  host: WatchHost,
  { known }: LogState,
  own: AccountCertificate,
  entry: Exclude<LogEntry, { kind: "replaced" }>,
): Promise<string | undefined> {
  switch (entry.kind) {
    case "account":
      return (await verifyAccountCertificate(entry.certificate))?.accountId === own.accountId ? undefined : "forged";
    case "device": {
      const device = await verifyDeviceCertificate(entry.certificate, own);
      if (device === undefined) return "forged";
      const { deviceId } = device;
      const isOld = known.includes(deviceId) || host.isRenewal(deviceId, entry.certificate);
      return deviceId === host.identity.deviceId || isOld ? undefined : deviceId;
    }
    case "revocation":
      if ((await verifyRevocation(entry.revocation, own)) === undefined) return "forged";
      host.revoked(entry.revocation);
      return undefined;
    case "deletion": {
      const statement = deletionStatement({ accountId: own.accountId, vaultVersion: entry.vaultVersion });
      return (await verifyByAccount(own, statement, entry.signature)) ? undefined : "forged";
    }
  }
}
