/**
 * A device's certificate lives 90 days; the account key gives it another 90 (CERT-13, DEV-04). The directory is told first:
 * a certificate that it refuses, because this clock is wrong perhaps, is not taken into use.
 */

import { peekDeviceCertificate } from "../../crypto/account/certificates";
import { certifyDevice } from "../../crypto/account/device-key";
import { certificateRenewMs } from "../../protocol/limits";
import { saveIdentity, type StoredIdentity } from "../engine/identity";
import { heldDevice } from "./held-device";
import type { Result } from "./api";
import type { AccountPorts } from "./register";

export function isRenewalDue({ deviceCertificate }: StoredIdentity, nowMs: number): boolean {
  const endsAt = peekDeviceCertificate(deviceCertificate)?.notAfter.getTime() ?? 0;
  return nowMs >= endsAt - certificateRenewMs;
}

/** Leaves the private key to its caller, who wipes it. */
export async function renewCertificate(
  { http, databases, now }: AccountPorts,
  identity: StoredIdentity,
  privateKeyPkcs8: Uint8Array,
): Promise<Result<null>> {
  const account = { privateKeyPkcs8, certificate: identity.accountCertificate };
  const { deviceCertificate } = await certifyDevice({ account, key: identity, now: new Date(now()) });
  const { username, deviceId } = identity;
  const told = await http.renewCertificate(username, deviceId, deviceCertificate);
  if (!told.ok) return told;
  const device = await heldDevice(databases, username);
  if (device.state === "held") await saveIdentity(device.store, { ...identity, deviceCertificate });
  return { ok: true, value: null };
}
