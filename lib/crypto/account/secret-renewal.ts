/**
 * Signed renewals of the account secret (SPEC section REN): made by the owner of the account key, verified by each of the account's
 * devices. What is inside the envelopes is for lib/crypto/mls/secret-envelope.ts.
 */
import { decodeRenewal, encodeRenewal, renewalContent, type RenewalFields } from "@/lib/protocol/secret-renewal";
import { signAsAccount } from "./account-key";
import { verifyByAccount, type AccountCertificate } from "./certificates";

export async function signRenewal(privateKeyPkcs8: Uint8Array, fields: RenewalFields): Promise<Uint8Array> {
  return encodeRenewal({ ...fields, signature: await signAsAccount(privateKeyPkcs8, renewalContent(fields)) });
}

/** `undefined`: not this account's. `anchor` must come from `verifyAccountCertificate`. */
export async function verifyRenewal(bytes: Uint8Array, anchor: AccountCertificate): Promise<RenewalFields | undefined> {
  const renewal = decodeRenewal(bytes);
  if (renewal?.accountId !== anchor.accountId) return undefined;
  const { signature, ...fields } = renewal;
  return (await verifyByAccount(anchor, renewalContent(fields), signature)) ? fields : undefined;
}
