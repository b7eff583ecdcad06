/** Entries of the transparency log as pages show them. */

import { peekAccountCertificate } from "../../crypto/account/certificates";
import { toBase64, toHex, utf8 } from "../../protocol/bytes";
import { decodeNote, type Checkpoint } from "../../protocol/log/checkpoint";
import { decodeLogEntry, type LogKind } from "../../protocol/log/entries";
import { leafHash } from "../../protocol/log/merkle";
import type { Database } from "../db/database";
import type { Head, LoggedEntry, ProvenEntry } from "./transparency-log";

export interface ShownEntry {
  readonly index: number;
  readonly kind: LogKind;
  /** ISO 8601. */
  readonly at: string;
  readonly accountId: string;
  /** As the account's certificate says. */
  readonly username: string;
  /** The whole entry, base64. */
  readonly bytes: string;
  /** RFC 6962, hex. */
  readonly leafHash: string;
  /** Hashes that lead from it to the head, hex; empty where none was asked for. */
  readonly proof: readonly string[];
}

export interface ShownHead {
  readonly origin: string;
  readonly size: number;
  /** Base64, as the checkpoint has it. */
  readonly root: string;
  /** The signed checkpoint. */
  readonly note: string;
}

export class LogPages {
  constructor(private readonly database: Database) {}

  async entries(entries: readonly (LoggedEntry | ProvenEntry)[]): Promise<ShownEntry[]> {
    const decoded = entries.map((entry) => ({ ...entry, said: decodeLogEntry(entry.bytes) }));
    const ids = decoded.flatMap(({ said }) => said?.accountId ?? []);
    const accounts = await this.database.reader.account.findMany({
      where: { id: { in: [...new Set(ids)] } },
      select: { id: true, certificate: true },
    });
    const names = new Map(accounts.map(({ id, certificate }) => [id, peekAccountCertificate(certificate)?.username]));
    return decoded.flatMap((entry) => {
      const { index, bytes, said } = entry;
      if (said === undefined) return [];
      const { kind, at, accountId } = said;
      return {
        index,
        kind,
        at: new Date(at).toISOString(),
        accountId,
        username: names.get(accountId) ?? "",
        bytes: toBase64(bytes),
        leafHash: toHex(leafHash(bytes)),
        proof: "proof" in entry ? entry.proof.map(toHex) : [],
      };
    });
  }

  head({ note }: Head): ShownHead {
    const checkpoint: Checkpoint | undefined = decodeNote(utf8(note))?.checkpoint;
    if (checkpoint === undefined) throw new Error("the stored checkpoint does not parse");
    const { origin, size, root } = checkpoint;
    return { origin, size, root: toBase64(root), note };
  }
}
