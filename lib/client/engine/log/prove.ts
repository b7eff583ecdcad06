/** Proving that certificates are in the log (SPEC LOG-11), before anything is encrypted to them. */

import { peekAccountCertificate } from "../../../crypto/account/certificates";
import { certificateName } from "../../../crypto/mls/leaf";
import { fromHex } from "../../../protocol/bytes";
import { logProofsMax } from "../../../protocol/limits";
import { encodeLogEntry } from "../../../protocol/log/entries";
import { checkInclusion, leafHash, leftOf, type Frontier } from "../../../protocol/log/merkle";
import type { LogBook } from "./book";
import { follow, hashesOf, type LogHost } from "./follow";

export interface Certified {
  readonly kind: "account" | "device";
  readonly accountId: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** SHA-256 of it, hex. */
  readonly digest: string;
  /** By which it is kept: `accountName` of an account, the digest of a device's certificate. */
  readonly name: string;
}

/** A key under a name: the same key under another is another thing to prove. */
export function accountName(accountId: string, username: string): string {
  return `${accountId}/${username}`;
}

export function certified(kind: Certified["kind"], accountId: string, certificate: Uint8Array): Certified {
  const digest = certificateName(certificate);
  if (kind === "device") return { kind, accountId, certificate, digest, name: digest };
  const username = peekAccountCertificate(certificate)?.username ?? "";
  return { kind, accountId, certificate, digest, name: accountName(accountId, username) };
}

/** `proven` with its place and the tree up to it, `missing`: the log has no such entry, or the proof of it does not hold. */
export type Proof = { readonly kind: "proven"; readonly before: Frontier } | { readonly kind: "missing" };

/** By name. What is left out could not be said now. */
export async function prove(
  host: LogHost,
  book: LogBook,
  certificates: readonly Certified[],
): Promise<Map<string, Proof>> {
  const proofs = new Map<string, Proof>();
  for (let from = 0; from < certificates.length; from += logProofsMax) {
    const page = certificates.slice(from, from + logProofsMax);
    const digests = page.map(({ digest }) => fromHex(digest) ?? new Uint8Array());
    const asked = await host.transport.request("log:proofs", { digests });
    if (!asked.ok || asked.value.proofs.length !== page.length) return proofs;
    const head = await follow(host, book, asked.value.note);
    if (head === "later" || head === "refused") return proofs;
    for (const [at, one] of page.entries()) {
      const found = asked.value.proofs[at] ?? null;
      if (found === null) {
        proofs.set(one.name, { kind: "missing" });
        continue;
      }
      const { index, proof } = found;
      const hashes = hashesOf(proof);
      const entry = encodeLogEntry({
        kind: one.kind,
        accountId: one.accountId,
        certificate: one.certificate,
        at: found.at,
      });
      const failure = checkInclusion({ leaf: leafHash(entry), index, size: head.size, root: head.root, proof: hashes });
      if (failure !== undefined) await book.alarm("bad-proof", { notes: [asked.value.note], index, check: failure });
      proofs.set(
        one.name,
        failure === undefined
          ? { kind: "proven", before: leftOf({ index, size: head.size, proof: hashes }) }
          : { kind: "missing" },
      );
    }
  }
  return proofs;
}
