/** Taking over a renewed account secret that the keyring carries for this device (SPEC section REN). */

import { isWithout, type AccountSecret } from "../../crypto/account/account-secret";
import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { verifyRenewal } from "../../crypto/account/secret-renewal";
import { openSecret } from "../../crypto/mls/secret-envelope";
import { toHex } from "../../protocol/bytes";
import { loadIdentity, saveIdentity, type StoredIdentity } from "./identity";
import { packageOf } from "./key-packages";
import type { Store } from "./ports";

/**
 * Stored when it is answered. `undefined`: not signed by the account, not for this device, older than what it holds, or one that more devices were told than
 * that: then the server plays an old one.
 */
export async function takeRenewal(
  { identity, store }: { readonly identity: StoredIdentity; readonly store: Store },
  bytes: Uint8Array,
  held: AccountSecret | undefined,
): Promise<AccountSecret | undefined> {
  const { accountCertificate, deviceId } = identity;
  const anchor = await verifyAccountCertificate(accountCertificate);
  const renewal = anchor && (await verifyRenewal(bytes, anchor));
  if (renewal === undefined || renewal.number <= (held?.number ?? 0)) return undefined;
  const { number, without } = renewal;
  const envelope = renewal.envelopes.find((one) => one.deviceId === deviceId);
  const keyPackage = envelope && (await packageOf(store, toHex(envelope.ref)));
  if (envelope === undefined || keyPackage === undefined) return undefined;
  const opened = await openSecret(renewal, envelope, keyPackage, identity);
  if (opened === undefined) return undefined;
  const accountSecret = { bytes: opened, number, without };
  if (!isWithout(accountSecret, held?.without ?? [])) return undefined;
  await saveIdentity(store, { ...((await loadIdentity(store)) ?? identity), accountSecret });
  return accountSecret;
}
