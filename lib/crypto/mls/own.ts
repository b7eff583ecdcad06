/** This device as a leaf. Its own certificate needs no check: it was checked when it was made. */
import type { AnchorSource, DeviceIdentity } from "./door";
import { certificateName, type LeafIdentity } from "./leaf";

export function ownIdentity({ username, accountId, deviceId, publicKey }: DeviceIdentity): LeafIdentity {
  return { username, accountId, deviceId, signatureKey: publicKey };
}

/** An entry for the set of checked certificates. */
export function ownChecked(identity: DeviceIdentity): readonly [string, LeafIdentity] {
  return [certificateName(identity.deviceCertificate), ownIdentity(identity)];
}

/** The own account needs no asking. */
export function withOwnAnchor(source: AnchorSource, identity: DeviceIdentity): AnchorSource {
  return (accountId) =>
    accountId === identity.accountId ? Promise.resolve(identity.accountCertificate) : source(accountId);
}
