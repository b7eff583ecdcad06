/** An account gives up one of its devices, from a browser that has none: as the page does it, with what the vault holds (REN). */

import type { AccountSecret } from "@/lib/crypto/account/account-secret";
import type { AccountSecrets } from "@/lib/crypto/account/device-key";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import { renewSecret } from "@/lib/client/worker/renew-secret";

import type { SimulatedDevice } from "./device";
import type { World } from "./world";

/** By account id, as the vaults hold them. */
export type Vaults = Map<string, AccountSecret>;

export async function giveUp(
  world: World,
  account: AccountSecrets,
  vaults: Vaults,
  { identity: { accountId, deviceId, username } }: Pick<SimulatedDevice, "identity">,
): Promise<void> {
  const { devices, keyrings } = world.host.services;
  const nowMs = world.time.now;
  const others = world.devices.filter(({ identity, isRevoked }) => isRevoked && identity.accountId === accountId);
  const { keyPackages } = await devices.claim(username);
  const { accountSecret, keyring } = await renewSecret({
    accountId,
    accountCertificate: account.certificate,
    privateKeyPkcs8: account.privateKeyPkcs8,
    accountSecret: vaults.get(accountId),
    givenUp: [deviceId, ...others.map(({ identity }) => identity.deviceId)],
    keyring: await keyrings.fetch(accountId),
    held: new Map(),
    keyPackages: keyPackages.map(({ keyPackage }) => keyPackage),
    // The directory of a world is honest.
    isLogged: () => true,
    nowMs,
  });
  // The vault plays no part in a world; all else is taken in the same moment.
  const revocation = await makeRevocation(account, { deviceId, now: new Date(nowMs) });
  vaults.set(accountId, accountSecret);
  await Promise.all([
    devices.revoke(accountId, deviceId, revocation),
    keyrings.put(accountId, keyring.version, keyring.sealed),
  ]);
}
