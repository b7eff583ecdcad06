/**
 * A big room and a join storm: General with 500 leaves, some of them live engines, and 100 devices that join in the same
 * instant, against the real server. All devices share one process: its one core does the work of 110.
 */

import { unwrap, until } from "../../__tests__/support/person";
import type { Engine } from "../../lib/client/engine/engine";
import type { Transport, TransportListener } from "../../lib/client/engine/ports";
import type { DeviceIdentity, Group } from "../../lib/crypto/mls/door";
import { makeKnock } from "../../lib/crypto/mls/knock";
import { epochAuthenticator, members } from "../../lib/crypto/mls/roster";
import { fromHex, toHex } from "../../lib/protocol/bytes";
import { commitMaxProposals } from "../../lib/protocol/limits";
import { Town } from "../client/rooms";
import { writeResults, type Row } from "../rows";
import { House } from "./house";

const leaves = 500;
const live = 10;
const storm = 100;
const devicesOfOne = 10;
/** Below the part's own limit, so that what was reached by then is written. */
const patienceMs = 200_000;

const town = await Town.of(leaves + storm, (leaves + storm) / devicesOfOne + 1);
const asleep = town.devices.slice(0, leaves - live);
const awake = town.devices.slice(leaves - live, leaves);
const joining = town.devices.slice(leaves, leaves + storm);
const house = await House.of(town.devices);
try {
  writeResults("room", await measure());
} finally {
  await house.close();
}
// Sockets and timers of a hundred engines may linger; everything is written.
process.exit(0);

async function measure(): Promise<Row[]> {
  const group = `General, ${String(leaves)} leaves, ${String(live)} of them online`;
  const members = await fill();
  const newcomers = await Promise.all(joining.map((identity) => online(identity)));
  const epochBefore = epochOf(members[0]);
  const [one, ...others] = newcomers;
  if (one === undefined) throw new Error("nobody joins");

  const alone = await together([...members, one], [one], leaves + 1);
  const all = await together([...members, ...newcomers], others, leaves + storm);
  const commits = epochOf(members[0]) - epochBefore - 1;
  return [
    { group, name: "one joins: until all online have the same epoch", unit: "ms", value: alone },
    { group, name: `${String(storm - 1)} join at once: until all have the same epoch`, unit: "ms", value: all },
    { group, name: "commits of that storm", unit: "commits", value: commits },
  ];
}

/** The room as it is before the storm; those who sleep were let in by the founder, as they would have been by knocking. */
async function fill(): Promise<Engine[]> {
  const [first, ...rest] = awake;
  if (first === undefined) throw new Error("nobody is awake");
  let listener: TransportListener | undefined;
  const founder = await online(first, (transport) => ({
    ...bound(transport),
    listen: (heard) => transport.listen((listener = heard)),
  }));
  unwrap(await founder.join(house.roomId));
  await until(() => epochOf(founder) === 0, "the room is founded", patienceMs);
  const waiting = [...asleep];
  while (waiting.length > 0) {
    const guests = waiting.splice(0, commitMaxProposals);
    const before = epochOf(founder);
    for (const guest of guests) {
      const { message } = await makeKnock(fromHex(house.roomId) ?? new Uint8Array(), BigInt(before), guest, new Date());
      listener?.knock({ roomId: house.roomId, knock: message, turn: 0 });
    }
    const expected = 1 + asleep.length - waiting.length;
    await until(() => sizeOf(founder) === expected, `${String(expected)} are in`, patienceMs);
  }
  const others: Engine[] = [];
  // One after the other: a storm is what is measured later.
  for (const identity of rest) {
    const engine = await online(identity);
    others.push(engine);
    await together([founder, ...others], [engine], 1 + asleep.length + others.length);
  }
  return [founder, ...others];
}

async function online(identity: DeviceIdentity, wrap?: (transport: Transport) => Transport): Promise<Engine> {
  const engine = await house.open(identity, wrap);
  await until(() => engine.connection === "online", `${identity.username} is online`, patienceMs);
  return engine;
}

/** Milliseconds from the moment `newcomers` join until `everybody` is confirmed in one epoch of `size` leaves. */
async function together(everybody: readonly Engine[], newcomers: readonly Engine[], size: number): Promise<number> {
  const startedAt = performance.now();
  for (const result of await Promise.all(newcomers.map((engine) => engine.join(house.roomId)))) unwrap(result);
  const isTogether = () => {
    const epochs = new Set(everybody.map(mark));
    return epochs.size === 1 && !epochs.has("none") && everybody.every((engine) => sizeOf(engine) === size);
  };
  await until(isTogether, `${String(size)} leaves in one epoch`, patienceMs);
  return performance.now() - startedAt;
}

function groupOf(engine: Engine | undefined): Group | undefined {
  const data = engine?.inspect(house.roomId);
  return data?.meta.membership === "joined" && data.meta.confirmed ? data.group : undefined;
}

/** Which state of which epoch: the same for two devices only if they share it. */
function mark(engine: Engine): string {
  const group = groupOf(engine);
  return group === undefined ? "none" : toHex(epochAuthenticator(group));
}

function epochOf(engine: Engine | undefined): number {
  return Number(groupOf(engine)?.epoch ?? -1);
}

function sizeOf(engine: Engine): number {
  const group = groupOf(engine);
  return group === undefined ? 0 : members(group).length;
}

function bound(transport: Transport): Transport {
  return {
    request: (name, payload) => transport.request(name, payload),
    listen: (listener) => transport.listen(listener),
    revocations: (accountId) => transport.revocations(accountId),
    lookUp: (username) => transport.lookUp(username),
    claimKeyPackages: (username) => transport.claimKeyPackages(username),
    accountCertificate: (accountId) => transport.accountCertificate(accountId),
    keyPackageStock: () => transport.keyPackageStock(),
    uploadKeyPackages: (keyPackages, lastResort) => transport.uploadKeyPackages(keyPackages, lastResort),
    fetchKeyring: () => transport.fetchKeyring(),
    putKeyring: (version, sealed) => transport.putKeyring(version, sealed),
    signOut: () => transport.signOut(),
    close: () => {
      transport.close();
    },
  };
}
