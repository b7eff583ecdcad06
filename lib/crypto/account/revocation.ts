/**
 * Signed revocations (SPEC section REV): made by the owner of the account key, verified by everybody who meets one. The
 * verdict is a function of the bytes and the account alone: no clock is asked and nobody's word is taken.
 */
import {
  encodeRevocation,
  decodeRevocation,
  revocationContent,
  type RevocationFields,
} from "@/lib/protocol/revocation";
import { signAsAccount } from "./account-key";
import { verifyAccountCertificate, verifyByAccount, type AccountCertificate } from "./certificates";
import type { AccountSecrets } from "./device-key";

/** Throws when the account's two halves do not fit, or the id is none. */
export async function makeRevocation(
  account: AccountSecrets,
  { deviceId, now }: { readonly deviceId: string; readonly now: Date },
): Promise<Uint8Array> {
  const anchor = await verifyAccountCertificate(account.certificate);
  if (anchor === undefined) throw new Error("the account certificate does not verify");
  const fields = { accountId: anchor.accountId, deviceId, at: now.getTime() };
  const signature = await signAsAccount(account.privateKeyPkcs8, revocationContent(fields));
  const revocation = encodeRevocation({ ...fields, signature });
  if ((await verifyRevocation(revocation, anchor)) === undefined) {
    throw new Error("the account key does not belong to the account certificate");
  }
  return revocation;
}

/**
 * What the revocation says, or `undefined` when it is not this account's. `anchor` must come from
 * `verifyAccountCertificate`. Whether the account ever had such a device is not asked.
 */
export async function verifyRevocation(
  bytes: Uint8Array,
  anchor: AccountCertificate,
): Promise<RevocationFields | undefined> {
  const revocation = decodeRevocation(bytes);
  if (revocation?.accountId !== anchor.accountId) return undefined;
  const { accountId, deviceId, at, signature } = revocation;
  const fields = { accountId, deviceId, at };
  return (await verifyByAccount(anchor, revocationContent(fields), signature)) ? fields : undefined;
}
