/** What a device asks by HTTP, answered by the real services: the directory, the stock of KeyPackages, the keyring. */

import type { StoredIdentity } from "@/lib/client/engine/identity";
import type {
  ClaimedKeyPackages,
  DirectoryAccount,
  FetchedKeyring,
  Outcome,
  Transport,
} from "@/lib/client/engine/ports";
import { fromPem } from "@/lib/crypto/account/certificates";
import { keyPackageTarget } from "@/lib/protocol/limits";
import { Refused } from "@/lib/server/refused";

import type { Host } from "./host";

/** One call that the world answers when it likes, or never. */
export type Call = <T>(name: string, ask: () => Promise<T>, payload?: unknown) => Promise<Outcome<T>>;

/** Making KeyPackages costs time: a device of a world keeps these few ready, and the directory tells it of more. */
const stockKept = 2;

export function directoryCalls(
  host: Host,
  { accountId, deviceId }: StoredIdentity,
  call: Call,
): Omit<Transport, "request" | "listen" | "accountCertificates" | "revocations" | "signOut" | "close"> {
  return {
    lookUp: (username) => call("look-up", () => lookUp(host, username)),
    claimKeyPackages: (username) =>
      call("claim", async (): Promise<ClaimedKeyPackages> => await host.services.devices.claim(username)),
    keyPackageStock: () =>
      call("stock", async () => {
        const { devices } = await host.services.devices.stock(accountId);
        const available = devices.find((device) => device.deviceId === deviceId)?.available ?? 0;
        return available + keyPackageTarget - stockKept;
      }),
    uploadKeyPackages: (keyPackages, lastResort) =>
      call("upload", async () => {
        await host.services.devices.upload(accountId, deviceId, keyPackages, lastResort);
        return null;
      }),
    fetchKeyring: () =>
      call("keyring", async (): Promise<FetchedKeyring> => await host.services.keyrings.fetch(accountId)),
    putKeyring: (version, sealed) =>
      call(
        "save keyring",
        async () => {
          await host.services.keyrings.put(accountId, version, sealed);
          return null;
        },
        { sealed },
      ),
  };
}

async function lookUp(host: Host, username: string): Promise<DirectoryAccount | undefined> {
  try {
    const { certificatePem, fingerprint } = await host.services.directory.byName(username);
    const certificate = fromPem("CERTIFICATE", certificatePem);
    return certificate && { accountId: fingerprint, certificate };
  } catch (error) {
    if (error instanceof Refused && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
