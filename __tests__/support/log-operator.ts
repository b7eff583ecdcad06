/** What the operator of a server can do to its transparency log: sign whatever they like, and write entries of their own. */

import { signCheckpoint } from "@/lib/crypto/account/log-signature";
import { fromHex, utf8 } from "@/lib/protocol/bytes";
import { peekNote } from "@/lib/protocol/log/checkpoint";
import { leafHash } from "@/lib/protocol/log/merkle";
import type { NewEntry } from "@/lib/server/log/append";
import type { Services } from "@/lib/server/services";

/** A root that no honest log has. */
export const otherRoot = leafHash(utf8("another history"));

export async function signed(services: Services, size: number, root: Uint8Array = otherRoot): Promise<string> {
  const where = { name: "transparency-log" };
  const secret = await services.database.reader.serverSecret.findUniqueOrThrow({ where });
  const { verifier } = services.transparencyLog;
  const checkpoint = { origin: verifier.name, size, root };
  return await signCheckpoint(fromHex(secret.value) ?? new Uint8Array(), verifier, checkpoint);
}

export async function sizeOf(services: Services): Promise<number> {
  return peekNote((await services.transparencyLog.head()).note)?.size ?? 0;
}

export async function writeEntry(services: Services, entry: NewEntry): Promise<void> {
  await services.database.write((transaction) => services.transparencyLog.append(transaction, [entry]));
}
