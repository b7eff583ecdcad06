/** A vault as the first version of the contents was sealed: the private key alone, no account secret. */

import { encodeHeader, vaultKeyBytes } from "@/lib/crypto/account/vault-layout";
import { randomBytes } from "@/lib/crypto/random";
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";

const label = "sealroom/vault/v1";

export async function sealFirstVault(accountId: string, exportKey: Uint8Array, privateKeyPkcs8: Uint8Array) {
  const seal = async (secret: Uint8Array, purpose: string, binding: Uint8Array, plain: Uint8Array) => {
    const { subtle } = globalThis.crypto;
    const base = await subtle.importKey("raw", new Uint8Array(secret), "HKDF", false, ["deriveKey"]);
    const salt = new Uint8Array(fromHex(accountId) ?? []);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(utf8(`${label}/${purpose}`)) };
    const key = await subtle.deriveKey(hkdf, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const nonce = randomBytes(12);
    const gcm = { name: "AES-GCM", iv: new Uint8Array(nonce), additionalData: new Uint8Array(binding) };
    return concatBytes(nonce, new Uint8Array(await subtle.encrypt(gcm, key, new Uint8Array(plain))));
  };
  const vaultKey = randomBytes(vaultKeyBytes);
  const purpose = "wrap/password";
  const wrap = await seal(exportKey, purpose, utf8(`${label}/${purpose}/${accountId}`), vaultKey);
  const header = encodeHeader({ accountId, version: 1, wraps: new Map([["password", wrap]]) });
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, privateKeyPkcs8.length);
  const plain = concatBytes(Uint8Array.of(1, 1), length, privateKeyPkcs8);
  const contents = await seal(vaultKey, "contents", concatBytes(utf8(`${label}/contents/`), header), plain);
  return concatBytes(header, contents);
}
