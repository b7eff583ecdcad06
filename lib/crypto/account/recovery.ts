/**
 * What the recovery key proves itself with (SPEC REC-02): a value that only who holds the key can derive, of which the
 * server keeps the hash. It tells nothing about the key that opens the vault: both come from HKDF with labels of their own.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex, utf8 } from "@/lib/protocol/bytes";
import { unshared } from "../unshared";

const label = "sealroom/recovery/v1/auth";

/** 32 bytes, for one account name. */
export async function recoveryAuth(recoveryKey: Uint8Array, username: string): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  const base = await subtle.importKey("raw", unshared(recoveryKey), "HKDF", false, ["deriveBits"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: unshared(utf8(username)), info: unshared(utf8(label)) };
  return new Uint8Array(await subtle.deriveBits(hkdf, base, 256));
}

/** What the server keeps of it. A fast hash is enough: there are 2^128 keys to guess. */
export function recoveryHash(auth: Uint8Array): string {
  return toHex(sha256(auth));
}
