/**
 * The attacker's certificate maker: takes a genuine certificate, changes its signed part at will, and signs the result
 * with a key of its choice. What is refused then is refused for its form alone, not for a broken signature.
 */
import { encodeCertificate } from "@/lib/crypto/account/certificate-profile";
import { childAt, encodeDer, parseBer, type DerNode } from "@/lib/crypto/account/der";
import { unshared } from "@/lib/crypto/unshared";

const algorithm = { name: "RSA-PSS", hash: "SHA-256" };

/** An RSA-PSS key pair of any size and exponent. */
export async function makeRsa(modulusLength: number, exponent: readonly number[]): Promise<CryptoKeyPair> {
  const publicExponent = Uint8Array.from(exponent);
  return await crypto.subtle.generateKey({ ...algorithm, modulusLength, publicExponent }, true, ["sign", "verify"]);
}

export async function importRsa(privateKeyPkcs8: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey("pkcs8", unshared(privateKeyPkcs8), algorithm, false, ["sign"]);
}

export async function signTbs(tbs: Uint8Array, key: CryptoKey): Promise<Uint8Array> {
  const pss = { name: "RSA-PSS", saltLength: 32 };
  return encodeCertificate(tbs, new Uint8Array(await crypto.subtle.sign(pss, key, unshared(tbs))));
}

/** Applies `edit` to the TBSCertificate of `certificate` and signs the outcome. */
export async function forge(
  certificate: Uint8Array,
  key: CryptoKey,
  edit: (tbs: DerNode) => unknown,
): Promise<Uint8Array> {
  const tbs = node(parseBer(certificate), 0);
  edit(tbs);
  return await signTbs(encodeDer(tbs), key);
}

/** The node at a path that is known to exist. */
export function node(root: DerNode | undefined, ...path: readonly number[]): DerNode {
  const found = childAt(root, ...path);
  if (found === undefined) throw new Error(`no node at ${path.join(".")}`);
  return found;
}

export function children(parent: DerNode): DerNode[] {
  if (typeof parent.value === "string") throw new Error("not a constructed value");
  return parent.value;
}

/** Replaces the node at `path`. */
export function replace(root: DerNode, path: readonly number[], replacement: DerNode): DerNode {
  const parent = node(root, ...path.slice(0, -1));
  children(parent)[path.at(-1) ?? 0] = replacement;
  return replacement;
}
