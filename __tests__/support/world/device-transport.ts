/** The engine's port to the network: whatever it asks waits in a lane of its life until the world lets it happen. */

import type { StoredIdentity } from "@/lib/client/engine/identity";
import type { Outcome, Transport, TransportListener } from "@/lib/client/engine/ports";
import { accountIdSchema } from "@/lib/protocol/ids";
import type { Answer, Request, RequestName } from "@/lib/protocol/schemas/socket";

import { directoryCalls } from "./directory-calls";
import type { HostAnswer } from "./host";
import { offline, type Lane, type Life } from "./life";
import type { World } from "./world";

const never = new Promise<never>(() => undefined);

interface Sender {
  readonly identity: StoredIdentity;
  readonly isRevoked: boolean;
}

export function transportOf(world: World, device: Sender, life: Life): Transport {
  const reachable = <T>(ask: () => Promise<T>): Promise<Outcome<T>> => {
    if (!life.isAlive) return never;
    return life.isOnline && world.host.isUp
      ? ask().then((value) => ({ ok: true as const, value }))
      : Promise.resolve(offline);
  };
  const ask = (lane: Lane, name: string, payload: unknown, request: () => Promise<HostAnswer>) => {
    if (!life.isAlive) return never;
    if (!life.isOnline) return Promise.resolve(offline);
    world.witness.sent(device, name, payload);
    life.waiting += 1;
    return new Promise<HostAnswer>((resolve) => {
      let isDone = false;
      const answer = (outcome: HostAnswer) => {
        if (isDone || !life.isAlive) return;
        isDone = true;
        life.waiting -= 1;
        resolve(outcome);
      };
      lane.up.push({ name, payload, ask: request, answer });
    });
  };
  const request = async <Name extends RequestName>(name: Name, payload: Request<Name>) => {
    // The world passes values as the server gave them.
    return (await ask(life.socket, name, payload, () => world.host.request(device.identity, name, payload))) as Outcome<
      Answer<Name>
    >;
  };
  const rest = {
    request,
    listen: (listener: TransportListener) => {
      life.listener = listener;
      listener.state(life.isOnline ? "online" : device.isRevoked ? "revoked" : "connecting");
      return () => (life.listener = undefined);
    },
    signOut: () => reachable(() => Promise.resolve(null)),
    close: () => undefined,
  };
  if (world.isGoverned) {
    const calls = directoryCalls(
      world.host,
      device.identity,
      async <T>(name: string, call: () => Promise<T>, payload: unknown = {}) =>
        (await ask(life.http, name, payload, () => world.host.call(call))) as Outcome<T>,
    );
    const accountCertificates = async (accountIds: readonly string[]) => {
      const answer = await request("accounts:certificates", {
        accountIds: accountIds.map((id) => accountIdSchema.parse(id)),
      });
      if (!answer.ok) return answer;
      const { certificates } = answer.value;
      const value = new Map(certificates.map(({ accountId, certificate }) => [accountId, certificate]));
      return { ok: true as const, value };
    };
    const revocations = async (deviceIds: readonly string[]) => {
      const answer = await request("devices:revocations", { deviceIds: [...deviceIds] });
      return answer.ok ? { ok: true as const, value: answer.value.revocations } : answer;
    };
    return { ...rest, ...calls, accountCertificates, revocations };
  }
  // Open rooms need none of it, and worlds of them stay fast.
  return {
    ...rest,
    accountCertificates: (accountIds) => reachable(() => world.witness.certificatesOf(accountIds)),
    revocations: () => Promise.resolve({ ok: true, value: [] }),
    lookUp: () => Promise.resolve(offline),
    claimKeyPackages: () => Promise.resolve(offline),
    keyPackageStock: () => reachable(() => Promise.resolve(world.witness.stock)),
    uploadKeyPackages: () => reachable(() => Promise.resolve(null)),
    // Accounts of this world have no account secret, so nothing is ever asked.
    fetchKeyring: () => Promise.resolve(offline),
    putKeyring: () => Promise.resolve(offline),
  };
}
