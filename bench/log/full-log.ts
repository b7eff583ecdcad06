/** A transparency log of many entries, with one real account in its middle, as it would stand in the database. */

import { createHash } from "node:crypto";

import { placeholders } from "../../lib/server/db/direct";
import type { Services } from "../../lib/server/services";

/** What stands around the account: bytes of an entry's length, which nobody opens. */
const fillerBytes = 700;
const rowsPerStatement = 400;
const rowsPerTransaction = 40_000;

const sha256 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/** Appends until the log has `size` entries. Hashed by Node: the log's own hashing is for some entries at a time. */
export async function fillLog({ database, transparencyLog }: Services, size: number): Promise<void> {
  const head = await database.reader.logHead.findFirstOrThrow();
  const hashes: { level: number; index: number; hash: Uint8Array }[] = [];
  const frontier: Uint8Array[] = split(new Uint8Array(head.frontier));
  let at = head.size;
  while (at < size) {
    const end = Math.min(size, at + rowsPerTransaction);
    const entries: [number, string, Uint8Array, Uint8Array][] = [];
    for (; at < end; at++) {
      const bytes = filler(at);
      const digest = sha256(bytes);
      entries.push([at, "", digest, bytes]);
      let node = { level: 0, index: at, hash: sha256(Uint8Array.of(0), bytes) };
      hashes.push(node);
      while (node.index % 2 === 1) {
        const left = frontier.pop() ?? new Uint8Array();
        node = { level: node.level + 1, index: (node.index - 1) / 2, hash: sha256(Uint8Array.of(1), left, node.hash) };
        hashes.push(node);
      }
      frontier.push(node.hash);
    }
    const nodes = hashes.splice(0);
    await database.writeDirectly(async (sql) => {
      for (let from = 0; from < entries.length; from += rowsPerStatement) {
        const some = entries.slice(from, from + rowsPerStatement);
        const values = placeholders(some.length, 4);
        await sql.run(`INSERT INTO "LogEntry" ("index", "accountId", "digest", "bytes") VALUES ${values}`, some.flat());
      }
      for (let from = 0; from < nodes.length; from += rowsPerStatement) {
        const some = nodes.slice(from, from + rowsPerStatement);
        const values = placeholders(some.length, 3);
        const bound = some.flatMap(({ level, index, hash }) => [level, index, hash]);
        await sql.run(`INSERT INTO "LogNode" ("level", "index", "hash") VALUES ${values}`, bound);
      }
    });
  }
  await database.write(async (transaction) => {
    const bytes = new Uint8Array(Buffer.concat(frontier));
    await transaction.logHead.update({ where: { id: 1 }, data: { size, frontier: bytes } });
    // One more entry signs the head over all of them.
    await transparencyLog.append(transaction, [
      { kind: "replaced", accountId: "11".repeat(32), successorId: "22".repeat(32) },
    ]);
  });
}

function filler(index: number): Uint8Array {
  const bytes = new Uint8Array(fillerBytes);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
}

function split(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.slice(at * 32, at * 32 + 32));
}
