/**
 * Signing and verifying verification marks (SPEC VER-05). The account key lies sealed in the vault and opens with the password only, so a
 * device signs with its own key, which the account has certified; the certificate stands in the same keyring.
 */
import { fromBase64, toBase64 } from "@/lib/protocol/bytes";
import { markContent, type MarkPlace, type Verdict, type VerificationMark } from "@/lib/protocol/verification-mark";
import { verifyDeviceCertificate, type AccountCertificate, type DeviceCertificate } from "./certificates";
import { signAsDevice, verifyDeviceSignature } from "./device-signature";
import type { DeviceIdentity } from "./identity";

const label = "sealroom/verification-mark/v1";

export async function signMark(
  { accountId: verifier, deviceId: device, secretKey }: Pick<DeviceIdentity, "accountId" | "deviceId" | "secretKey">,
  { verified, ...said }: { verified: string; username: string; verdict: Verdict; at: number },
): Promise<VerificationMark> {
  const content = markContent({ verifier, verified }, { ...said, device });
  const signature = toBase64(await signAsDevice(secretKey, label, content));
  return { v: 1, ...said, device, signature };
}

/** Whether `signer` has signed this mark at this place. `signer` must come from `signerOf`. */
export async function verifyMark(
  signer: Pick<DeviceCertificate, "accountId" | "deviceId" | "publicKey">,
  place: MarkPlace,
  mark: VerificationMark,
): Promise<boolean> {
  const signature = fromBase64(mark.signature);
  if (signature === undefined || signer.accountId !== place.verifier || signer.deviceId !== mark.device) return false;
  return await verifyDeviceSignature(signer.publicKey, label, markContent(place, mark), signature);
}

/** The device of the account that a certificate in its keyring is of; `undefined`: none. No clock: a mark outlives the certificate. */
export async function signerOf(
  deviceId: string,
  certificate: Uint8Array,
  account: AccountCertificate,
): Promise<DeviceCertificate | undefined> {
  const signer = await verifyDeviceCertificate(certificate, account);
  return signer?.deviceId === deviceId ? signer : undefined;
}
