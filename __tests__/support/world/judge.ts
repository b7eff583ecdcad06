/** What must hold once a world has come to rest. Each sentence that comes back is a violation. */

import { epochAuthenticator, members } from "@/lib/crypto/mls/roster";
import { deviceKey, decodeRecord, timelineItemSchema, type StoredItem } from "@/lib/client/engine/records";
import { failureRate, unreadableCauses, type HealthReport } from "@/lib/client/engine/views";
import { peekMessage } from "@/lib/protocol/mls/peek";
import { toHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import type { SimulatedDevice } from "./device";
import { marker, type Sealed } from "./witness";
import type { World } from "./world";

export interface Verdict {
  readonly violations: readonly string[];
  readonly received: number;
  /** Messages meant for a device and not read by it. */
  readonly failed: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly rate: number;
}

interface LoggedMessage {
  readonly event: RoomEvent;
  readonly sealed: Sealed;
}

export interface JudgeOptions {
  /** A server that goes back gives seqs out twice: then there is no one order. */
  readonly hasOneOrder: boolean;
  /** Devices may have lost keys: what they miss must be told. */
  readonly mayMiss: boolean;
}

/** True when every member of every room has applied everything, is confirmed and has nothing to send. */
export function isAtRest(world: World): boolean {
  if (world.devices.some(({ engine }) => engine === undefined)) return false;
  return world.rooms.every((roomId) => {
    const states = world.devices.map((device) => device.engine?.inspect(roomId));
    const joined = states.filter((state) => state !== undefined && state.meta.membership !== "none");
    if (joined.some((state) => state?.meta.membership !== "joined")) return false;
    if (joined.some((state) => state?.meta.confirmed === false || (state?.pending.length ?? 0) > 0)) return false;
    if (joined.some((state) => state?.commit !== undefined || (state?.meta.leavers.length ?? 0) > 0)) return false;
    const cursors = new Set(joined.map((state) => state?.meta.cursor));
    return cursors.size <= 1 && new Set(joined.map((state) => authenticator(state?.group))).size <= 1;
  });
}

export async function judge(world: World, options: JudgeOptions): Promise<Verdict> {
  const violations = [...world.witness.violations];
  for (const roomId of world.rooms) violations.push(...(await judgeRoom(world, roomId, options)));
  if (world.host.disk().includes(marker)) violations.push("plaintext is on the server's disk");
  const reports: HealthReport[] = [];
  for (const device of world.devices) {
    const report = await device.engine?.health();
    if (report !== undefined) reports.push(report);
  }
  const received = total(reports.map((report) => report.received));
  const causes = Object.fromEntries(
    unreadableCauses.map((cause) => [cause, total(reports.map(({ unreadable }) => unreadable[cause]))] as const),
  ) as HealthReport["unreadable"];
  const rate = failureRate({ received, unreadable: causes });
  const failed = causes["keys-deleted"] + causes.tampered + causes.replayed;
  return { violations, received, failed, causes, rate };
}

async function judgeRoom(world: World, roomId: RoomId, options: JudgeOptions): Promise<string[]> {
  const log = await readLog(world, roomId);
  const messages = log.flatMap((event): LoggedMessage[] => {
    const sealed = world.witness.sealedAs(event.payload);
    return sealed?.body?.kind === "text" ? [{ event, sealed }] : [];
  });
  const violations = [...convergence(world, roomId, log), ...acceptance(world, roomId, messages)];
  const timelines = new Map<SimulatedDevice, StoredItem[]>();
  for (const device of world.devices) timelines.set(device, await readTimeline(device, roomId));
  for (const [device, items] of timelines) {
    violations.push(...onceEach(world, device, items));
    violations.push(...onlyOwnEpochs(world, device, log, messages, items, options));
    violations.push(...nothingMissed(world, device, log, messages, items, options));
  }
  if (options.hasOneOrder) violations.push(...oneOrder(messages, [...timelines]));
  return violations.map((violation) => `room ${roomId.slice(0, 4)}: ${violation}`);
}

/** All members hold the same epoch, and the tree holds exactly the members. */
function convergence(world: World, roomId: RoomId, log: readonly RoomEvent[]): string[] {
  const joined = world.devices.flatMap((device) => {
    const state = device.engine?.inspect(roomId);
    return state?.meta.membership === "joined" && state.group !== undefined
      ? [{ device, state, group: state.group }]
      : [];
  });
  const violations: string[] = [];
  const epochs = new Set(joined.map(({ group }) => authenticator(group)));
  if (epochs.size > 1) {
    const seen = joined.map(({ device, group }) => `${device.name}@${String(group.epoch)}`);
    violations.push(`members are in different epochs: ${seen.join(", ")}`);
  }
  const expected = new Set(joined.map(({ device }) => deviceKey(device.identity)));
  for (const { device, group } of joined.slice(0, 1)) {
    const held = new Set(members(group).map(deviceKey));
    if ([...expected].some((key) => !held.has(key)) || held.size !== expected.size) {
      violations.push(`${device.name} counts ${String(held.size)} members, there are ${String(expected.size)}`);
    }
  }
  if (joined.some(({ state }) => state.meta.cursor !== log.length))
    violations.push("a member has not applied everything");
  return violations;
}

/** What a device has promised to send is in the room's log. */
function acceptance(world: World, roomId: RoomId, messages: readonly LoggedMessage[]): string[] {
  const sent = new Set(messages.map(({ sealed }) => sealed.messageId));
  return [...world.witness.accepted]
    .filter(([id, { roomId: room }]) => room === roomId && !sent.has(id))
    .map(([, { text }]) => `accepted and never sent: ${text}`);
}

function onceEach(world: World, device: SimulatedDevice, items: readonly StoredItem[]): string[] {
  const seen = new Set<string>();
  const violations: string[] = [];
  for (const item of items) {
    if (item.kind !== "message") continue;
    if (seen.has(item.messageId)) violations.push(`${device.name} shows twice: ${item.text}`);
    seen.add(item.messageId);
    const promised = world.witness.accepted.get(item.messageId);
    if (promised !== undefined && promised.text !== item.text) violations.push(`${device.name} shows another text`);
  }
  return violations;
}

/** Everything shown was sealed for this device, while it was in the room. */
function onlyOwnEpochs(
  world: World,
  device: SimulatedDevice,
  log: readonly RoomEvent[],
  messages: readonly LoggedMessage[],
  items: readonly StoredItem[],
  { hasOneOrder }: JudgeOptions,
): string[] {
  const own = deviceKey(device.identity);
  const isMeant = (message: LoggedMessage) =>
    message.sealed.by === own || (message.sealed.readers.has(own) && isForStay(world, own, log, message));
  return items.flatMap((item) => {
    if (item.kind !== "message") return [];
    if (!hasOneOrder) {
      // The log may no longer have what was read; that it was sealed for this device is all there is to ask.
      const sealed = world.witness.allOf(item.messageId);
      if (sealed.some((one) => one.by === own || one.readers.has(own))) return [];
    } else if (messages.some((one) => one.sealed.messageId === item.messageId && isMeant(one))) {
      return [];
    }
    return [`${device.name} read what was not for it: ${item.text}`];
  });
}

function nothingMissed(
  world: World,
  device: SimulatedDevice,
  log: readonly RoomEvent[],
  messages: readonly LoggedMessage[],
  items: readonly StoredItem[],
  { mayMiss }: JudgeOptions,
): string[] {
  const own = deviceKey(device.identity);
  const shown = new Set<string>(items.map((item) => (item.kind === "message" ? item.messageId : "")));
  const missing = messages.filter(
    (message) =>
      !shown.has(String(message.sealed.messageId)) &&
      (message.sealed.by === own ||
        (message.sealed.readers.has(own) && world.witness.wasIn(own, message.sealed.epoch))) &&
      isForStay(world, own, log, message),
  );
  if (missing.length === 0) return [];
  const told = total(
    items.map((item) => (item.kind === "unreadable" ? 1 : item.kind === "system" ? (item.missed ?? 0) : 0)),
  );
  const missed = new Set(missing.map(({ sealed }) => sealed.messageId)).size;
  if (mayMiss && missed <= told) return [];
  const texts = missing.map(
    ({ sealed, event }) => `${sealed.body?.kind === "text" ? sealed.body.text : ""}@${String(event.seq)}`,
  );
  return [`${device.name} misses ${String(missed)}, told of ${String(told)}: ${texts.join(", ")}`];
}

/** Messages that lie in the log once stand in the same order on all devices. */
function oneOrder(
  messages: readonly LoggedMessage[],
  timelines: readonly (readonly [SimulatedDevice, readonly StoredItem[]])[],
): string[] {
  const counts = new Map<string, number>();
  for (const { sealed } of messages) counts.set(sealed.messageId ?? "", (counts.get(sealed.messageId ?? "") ?? 0) + 1);
  const place = new Map(
    messages
      .filter(({ sealed }) => counts.get(sealed.messageId ?? "") === 1)
      .map(({ sealed, event }) => [sealed.messageId, event.seq]),
  );
  return timelines.flatMap(([device, items]) => {
    const places = items.flatMap((item) => (item.kind === "message" ? (place.get(item.messageId) ?? []) : []));
    return places.every((seq, index) => index === 0 || seq > (places[index - 1] ?? 0))
      ? []
      : [`${device.name} shows another order: ${places.join(" ")}`];
  });
}

/** Sealed in an epoch of the device's newest stay, and ordered between its way in and its goodbye, as the log tells it. */
function isForStay(world: World, device: string, log: readonly RoomEvent[], { event, sealed }: LoggedMessage): boolean {
  let since: bigint | undefined;
  log.forEach((other, index) => {
    if (other.seq >= event.seq) return;
    if (world.witness.joinOf(other.payload) === device) since = epochMadeBy(other);
    if (isGoodbye(world, device, other) && isLastGoodbye(world, device, log.slice(index + 1))) since = undefined;
  });
  return since !== undefined && BigInt(sealed.epoch.split(":")[0] ?? "") >= since;
}

function isGoodbye(world: World, device: string, event: RoomEvent): boolean {
  const sealed = world.witness.sealedAs(event.payload);
  return sealed?.by === device && sealed.body?.kind === "leave";
}

/** A goodbye that came too late for somebody is said again, and until then the device is still there. */
function isLastGoodbye(world: World, device: string, later: readonly RoomEvent[]): boolean {
  const next = later.find((event) => isGoodbye(world, device, event) || world.witness.joinOf(event.payload) === device);
  return next === undefined || !isGoodbye(world, device, next);
}

function epochMadeBy(join: RoomEvent): bigint {
  const peek = peekMessage(join.payload);
  return peek.ok && peek.kind === "external-commit" ? peek.epoch + 1n : 0n;
}

async function readLog(world: World, roomId: RoomId): Promise<RoomEvent[]> {
  const log: RoomEvent[] = [];
  for (;;) {
    const after = log.at(-1)?.seq ?? 0;
    const page = await world.host.services.delivery.fetch({ roomId, after, limit: 200 });
    log.push(...page.events);
    if (page.events.length === 0) return log;
  }
}

async function readTimeline(device: SimulatedDevice, roomId: RoomId): Promise<StoredItem[]> {
  const keys = device.engine?.keysOf(roomId);
  if (keys === undefined) return [];
  const rows = await device.store.list(keys.timelinePrefix);
  return rows.map(({ key, value }) => decodeRecord(timelineItemSchema, key, value));
}

function authenticator(group: Parameters<typeof epochAuthenticator>[0] | undefined): string {
  return group === undefined ? "none" : toHex(epochAuthenticator(group));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
