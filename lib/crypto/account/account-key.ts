/**
 * The account key: RSA-3072, made and used by WebCrypto only. It signs certificates and statements about its
 * own account, and nothing else. Its private half exists outside WebCrypto only to go into the vault (vault.ts).
 */
import { accountKeyBits, accountKeyExponent, pssSaltBytes, serialBytes } from "@/lib/protocol/certificates";
import { clockSkewMs } from "@/lib/protocol/limits";
import { isUsername } from "@/lib/protocol/names";
import { randomBytes } from "../random";
import { unshared } from "../unshared";
import { encodeAccountTbs, encodeCertificate, modulusOfSpki } from "./certificate-profile";
import { verifyAccountCertificate } from "./certificates";

export interface MadeAccount {
  readonly privateKeyPkcs8: Uint8Array;
  /** DER of the self-signed account certificate. */
  readonly certificate: Uint8Array;
  /** 64 lower-case hex digits. */
  readonly accountId: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const signingAlgorithm = { name: "RSA-PSS", hash: "SHA-256" };

/** Takes about 0.3 s in Chromium, up to some seconds elsewhere: RSA key generation has no fixed duration. */
export async function makeAccount(username: string, now: Date): Promise<MadeAccount> {
  if (!isUsername(username)) throw new RangeError("not a folded username");
  const { subtle } = globalThis.crypto;
  const publicExponent = Uint8Array.of(
    accountKeyExponent >> 16,
    (accountKeyExponent >> 8) & 255,
    accountKeyExponent & 255,
  );
  const pair = await subtle.generateKey({ ...signingAlgorithm, modulusLength: accountKeyBits, publicExponent }, true, [
    "sign",
    "verify",
  ]);
  const modulus = modulusOfSpki(new Uint8Array(await subtle.exportKey("spki", pair.publicKey)));
  if (modulus === undefined) throw new Error("WebCrypto exported an SPKI that is not DER");

  // From a day boundary, so that the certificate does not tell the second of the registration.
  const notBefore = new Date(Math.floor((now.getTime() - clockSkewMs) / dayMs) * dayMs);
  const tbs = encodeAccountTbs({ serial: randomSerial(), username, notBefore, modulus });
  const certificate = encodeCertificate(tbs, await signPss(pair.privateKey, tbs));
  const account = await verifyAccountCertificate(certificate);
  if (account === undefined) throw new Error("the new account certificate does not verify");
  const privateKeyPkcs8 = new Uint8Array(await subtle.exportKey("pkcs8", pair.privateKey));
  return { privateKeyPkcs8, certificate, accountId: account.accountId };
}

/** RSASSA-PSS by the account key over a TBSCertificate, or over what a statement of the account signs. */
export async function signAsAccount(privateKeyPkcs8: Uint8Array, signed: Uint8Array): Promise<Uint8Array> {
  const key = await globalThis.crypto.subtle.importKey("pkcs8", unshared(privateKeyPkcs8), signingAlgorithm, false, [
    "sign",
  ]);
  return await signPss(key, signed);
}

/** Random and positive, always 16 bytes in DER: the top two bits are 01. */
export function randomSerial(): Uint8Array {
  const serial = randomBytes(serialBytes);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

async function signPss(key: CryptoKey, bytes: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: signingAlgorithm.name, saltLength: pssSaltBytes };
  return new Uint8Array(await globalThis.crypto.subtle.sign(algorithm, key, unshared(bytes)));
}
