/**
 * Seals what an account's devices keep for each other: AES-256-GCM under a key derived from the account secret for one
 * account and one purpose. The place is authenticated, so nothing opens at another one (S24).
 * Layout: format (1) | sealed (aes-gcm.ts).
 */
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";
import { deriveKey, open, seal } from "../aes-gcm";

const formatVersion = 1;

export interface SealPlace {
  /** The label of the purpose; the key is derived for it. */
  readonly purpose: `sealroom/${string}/v1`;
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** Where among all that is sealed for the purpose. */
  readonly at: readonly (string | number)[];
}

export async function sealForAccount(secret: Uint8Array, place: SealPlace, plaintext: Uint8Array): Promise<Uint8Array> {
  const sealed = await seal(await keyOf(secret, place), bindingOf(place), plaintext);
  return concatBytes(Uint8Array.of(formatVersion), sealed);
}

/** `undefined`: not sealed with this secret for this place, or damaged. */
export async function openForAccount(
  secret: Uint8Array,
  place: SealPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (sealed[0] !== formatVersion) return undefined;
  return await open(await keyOf(secret, place), bindingOf(place), sealed.subarray(1));
}

async function keyOf(secret: Uint8Array, { purpose, accountId }: SealPlace): Promise<CryptoKey> {
  return await deriveKey(secret, fromHex(accountId) ?? new Uint8Array(), utf8(purpose));
}

function bindingOf({ purpose, accountId, at }: SealPlace): Uint8Array {
  return utf8([purpose, accountId, ...at].join("/"));
}
