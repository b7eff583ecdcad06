/** What must hold once a world has come to rest. Each sentence that comes back is a violation. */

import { deviceKey, decodeRecord, timelineItemSchema, type StoredItem } from "@/lib/client/engine/records";
import { failureRate, unreadableCauses, type HealthReport } from "@/lib/client/engine/views";
import type { RoomId } from "@/lib/protocol/ids";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import { apart, convergence } from "./convergence";
import type { SimulatedDevice } from "./device";
import { leftovers, overdue } from "./leftovers";
import { governedPresence, openPresence, type LoggedMessage, type Presence } from "./presence";
import { brokenRules } from "./rules";
import { marker } from "./witness";
import type { World } from "./world";

export interface Verdict {
  readonly violations: readonly string[];
  readonly received: number;
  /** Messages meant for a device and not read by it. */
  readonly failed: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly rate: number;
}

export interface JudgeOptions {
  /** A server that goes back gives seqs out twice: then there is no one order. */
  readonly hasOneOrder: boolean;
  /** Devices may have lost keys: what they miss must be told. */
  readonly mayMiss: boolean;
}

export async function judge(world: World, options: JudgeOptions): Promise<Verdict> {
  const violations = [...world.witness.violations];
  for (const roomId of world.rooms) violations.push(...(await judgeRoom(world, roomId, options)));
  if (world.isGoverned) violations.push(...(await leftovers(world)));
  if (world.host.disk().includes(marker)) violations.push("plaintext is on the server's disk");
  const reports: HealthReport[] = [];
  for (const device of world.devices) {
    const report = await device.engine?.health();
    if (report === undefined) continue;
    reports.push(report);
    // The server of a world breaks, restarts and goes back, and shows everybody the same. What names events that a restored
    // server has lost is the exception: they were there, and others will never be given them (TRN-06).
    const { missing, late, forked } = report.transcript;
    if (!world.witness.hasStrays && missing + late + forked > 0)
      violations.push(`${device.name} accuses an honest server: ${JSON.stringify(report.transcript)}`);
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
  const log = world.isGoverned ? (world.logs.get(roomId) ?? []) : await readLog(world, roomId);
  const messages = log.flatMap((event): LoggedMessage[] => {
    const sealed = world.witness.sealedAs(event.payload);
    return sealed?.body?.kind === "text" ? [{ event, sealed }] : [];
  });
  const chain = world.isGoverned ? world.witness.book.chain(log) : undefined;
  const presence = chain === undefined ? openPresence(world, log) : governedPresence(world, roomId, log, chain);
  const violations = [
    ...convergence(world, roomId, log, chain),
    ...acceptance(world, roomId, messages, presence),
    ...(chain === undefined ? [] : brokenRules(world, roomId, log, chain)),
    ...(world.isGoverned ? apart(world, roomId) : []),
  ];
  const seqOf = (id: string) => messages.findLast(({ sealed }) => sealed.messageId === id)?.event.seq;
  const timelines = new Map<SimulatedDevice, StoredItem[]>();
  for (const device of world.devices) timelines.set(device, await readTimeline(device, roomId));
  const revoked = new Set(
    world.devices.filter(({ isRevoked }) => isRevoked).map(({ identity }) => deviceKey(identity)),
  );
  for (const [device, items] of timelines) {
    violations.push(...onceEach(world, device, items));
    violations.push(...onlyOwnEpochs(world, roomId, device, messages, items, presence, options));
    if (!device.isRevoked) violations.push(...nothingMissed(device, revoked, messages, items, presence, options));
    if (chain !== undefined) violations.push(...overdue(world, device, chain, items, seqOf));
  }
  if (options.hasOneOrder) violations.push(...oneOrder(messages, [...timelines]));
  return violations.map((violation) => `room ${roomId.slice(0, 4)}: ${violation}`);
}

/** What a device has promised to send is in the room's log. */
function acceptance(world: World, roomId: string, messages: readonly LoggedMessage[], presence: Presence): string[] {
  const sent = new Set(messages.map(({ sealed }) => sealed.messageId));
  const revoked = new Set(world.devices.flatMap(({ isRevoked, name }) => (isRevoked ? [name] : [])));
  return [...world.witness.accepted]
    .filter(([id, { roomId: room, by }]) => room === roomId && !sent.has(id) && !revoked.has(by))
    .filter(([, { device, head }]) => presence.mustSend(device, head))
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

/**
 * Everything shown was sealed for this device, while it was in the room, or for another device of its account, whose
 * archive it reads as long as it is not revoked.
 */
function onlyOwnEpochs(
  world: World,
  roomId: string,
  device: SimulatedDevice,
  messages: readonly LoggedMessage[],
  items: readonly StoredItem[],
  presence: Presence,
  { hasOneOrder }: JudgeOptions,
): string[] {
  const own = deviceKey(device.identity);
  const isMeantFor = (key: string, message: LoggedMessage) => message.sealed.by === key || presence.isFor(key, message);
  const others = world.devices
    .filter(({ identity }) => identity.accountId === device.identity.accountId)
    .map(({ identity }) => deviceKey(identity));
  const isMeant = (message: LoggedMessage) =>
    isMeantFor(own, message) ||
    (world.isGoverned &&
      message.event.seq <= device.archiveUntil(roomId) &&
      others.some((key) => isMeantFor(key, message)));
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
  device: SimulatedDevice,
  revoked: ReadonlySet<string>,
  messages: readonly LoggedMessage[],
  items: readonly StoredItem[],
  presence: Presence,
  { mayMiss }: JudgeOptions,
): string[] {
  const own = deviceKey(device.identity);
  const shown = new Set<string>(items.map((item) => (item.kind === "message" ? item.messageId : "")));
  const owed = messages.filter(
    (message) => !shown.has(String(message.sealed.messageId)) && presence.mustRead(own, message),
  );
  // What the order places behind a revocation that is known is not heard, and that is told.
  const silent = ["revoked-device", "not-a-member"];
  const silenced = items.filter((item) => item.kind === "unreadable" && silent.includes(item.cause)).length;
  const unheard = owed.filter(({ sealed }) => revoked.has(sealed.by));
  const missing = unheard.length <= silenced ? owed.filter(({ sealed }) => !revoked.has(sealed.by)) : owed;
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

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
