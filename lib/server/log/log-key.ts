/** The log's signing key, made at first start and kept where one backup holds it: a log that signs anew is another log. */

import { randomBytes } from "node:crypto";

import { ed25519PublicKey } from "../../crypto/account/ed25519";
import { fromHex, toHex } from "../../protocol/bytes";
import { logVerifier, type Verifier } from "../../protocol/log/checkpoint";
import type { Database } from "../db/database";

export interface LogKey {
  /** Ed25519, 32 bytes. */
  readonly seed: Uint8Array;
  /** Named after the key, so that the log keeps its name when its host gets another. */
  readonly verifier: Verifier;
}

const secretName = "transparency-log";

export async function openLogKey(database: Database): Promise<LogKey> {
  const made = toHex(randomBytes(32));
  const { value } = await database.write((transaction) =>
    transaction.serverSecret.upsert({
      where: { name: secretName },
      create: { name: secretName, value: made },
      update: {},
    }),
  );
  const seed = fromHex(value);
  if (seed?.length !== 32) throw new Error("the stored key of the transparency log is damaged");
  const publicKey = await ed25519PublicKey(seed);
  return { seed, verifier: logVerifier(publicKey) };
}
