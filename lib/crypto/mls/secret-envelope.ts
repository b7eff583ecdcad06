/** The account secret, sealed to the init key of a device's KeyPackage: HPKE (RFC 9180) in the suite of the rooms. */
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { envelopeInfo, type RenewalFields, type SecretEnvelope } from "@/lib/protocol/secret-renewal";
import { attempt } from "./attempt";
import type { DeviceIdentity, MadeKeyPackage } from "./door";
import { decodeKeyPackageMessage, decodePrivatePackage } from "./key-package";
import { hash, suite } from "./provider";

type Which = Pick<RenewalFields, "accountId" | "number">;

/** `keyPackage` must come out of `checkKeyPackage`, and `deviceId` with it. */
export async function sealSecret(
  which: Which,
  deviceId: string,
  keyPackage: Uint8Array,
  secret: Uint8Array,
): Promise<SecretEnvelope> {
  const decoded = decodeKeyPackageMessage(keyPackage);
  if (decoded === undefined) throw new RangeError("not a KeyPackage");
  const { hpke } = await suite();
  const publicKey = await hpke.importPublicKey(decoded.initKey);
  const { ct, enc } = await hpke.seal(publicKey, secret, envelopeInfo(which, deviceId));
  return { deviceId, ref: await makeKeyPackageRef(decoded, hash), enc, sealed: ct };
}

/** `undefined`: not sealed for this device and renewal. */
export async function openSecret(
  which: Which,
  { enc, sealed, deviceId }: SecretEnvelope,
  held: Pick<MadeKeyPackage, "privatePackage">,
  identity: DeviceIdentity,
): Promise<Uint8Array | undefined> {
  const privatePackage = decodePrivatePackage(held.privatePackage, identity);
  if (privatePackage === undefined || deviceId !== identity.deviceId) return undefined;
  const { hpke } = await suite();
  const opened = await attempt(async () => {
    const privateKey = await hpke.importPrivateKey(privatePackage.initPrivateKey);
    return await hpke.open(privateKey, enc, sealed, envelopeInfo(which, deviceId));
  }, "undecryptable");
  return opened.ok ? opened.value : undefined;
}
