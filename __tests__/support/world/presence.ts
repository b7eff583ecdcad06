/** When a device was in a room, as the room's log and the witness tell it, and which messages it had to read there. */

import { deviceKey } from "@/lib/client/engine/records";
import { retainedEpochs } from "@/lib/protocol/limits";
import { peekMessage } from "@/lib/protocol/mls/peek";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

import type { ChainLink } from "./epochs";
import type { Sealed } from "./witness";
import type { World } from "./world";

export interface LoggedMessage {
  readonly event: RoomEvent;
  readonly sealed: Sealed;
}

/** Who could and had to read what in one room. */
export interface Presence {
  /** Sealed for the device, and ordered while it was there. */
  isFor(device: string, message: LoggedMessage): boolean;
  /** Nothing excuses the device from having read it. */
  mustRead(device: string, message: LoggedMessage): boolean;
  /** What the device promised to send, having applied events up to `head`, must be there. */
  mustSend(device: string, head: number): boolean;
}

/** From its way in until it goes; both by their seq. */
export interface Stay {
  readonly fromEpoch: number;
  readonly since: number;
  until: number;
  /** By its own goodbye, taken out by others' commit, or come in anew. */
  end?: "goodbye" | "removal" | "return";
}

export function governedPresence(
  world: World,
  roomId: string,
  log: readonly RoomEvent[],
  chain: readonly ChainLink[],
): Presence {
  const held = new Map<string, Stay[]>();
  const stays = (device: string) => {
    const known = held.get(device) ?? staysOf(world, device, log, chain);
    held.set(device, known);
    return known;
  };
  const isFor = (device: string, { event, sealed }: LoggedMessage) =>
    sealed.readers.has(device) &&
    stays(device).some(
      (stay) => stay.since < event.seq && event.seq < stay.until && numberOf(sealed) >= stay.fromEpoch,
    );
  return {
    isFor,
    mustRead(device, message) {
      const { event, sealed } = message;
      if (!isFor(device, message) || !(sealed.by === device || world.witness.wasIn(device, sealed.epoch))) return false;
      const isOnChain = chain.some(({ epoch }) => epoch.name === sealed.epoch);
      const now = linkAt(chain, event.seq)?.epoch;
      // Nobody can read it there; it is sent again.
      const isTooLate = now !== undefined && numberOf(sealed) < now.number - retainedEpochs;
      // Who is out by then is not heard (ENG-35).
      const isHeard = now === undefined || now.members.some((member) => deviceKey(member) === sealed.by);
      const isForgotten = event.seq <= world.witness.forgottenUntil(device, roomId);
      return isOnChain && isHeard && !isTooLate && !isForgotten && !mayHaveExpired(chain, event.seq);
    },
    mustSend(device, head) {
      const stay = stays(device).find(({ since, until }) => since <= head && head < until);
      return stay !== undefined && stay.end !== "removal";
    },
  };
}

/** The epoch in which the event of this seq was applied. */
export function linkAt(chain: readonly ChainLink[], seq: number): ChainLink | undefined {
  return chain.findLast((link) => link.seq <= seq);
}

export function timerAt(chain: readonly ChainLink[], seq: number): number | null {
  const policy = linkAt(chain, seq)?.epoch.policy;
  return policy === undefined || policy.kind === "open" ? null : policy.timerMs;
}

function mayHaveExpired(chain: readonly ChainLink[], seq: number): boolean {
  return timerAt(chain, seq) !== null;
}

function numberOf({ epoch }: Sealed): number {
  return Number(epoch.split(":")[0]);
}

function staysOf(world: World, device: string, log: readonly RoomEvent[], chain: readonly ChainLink[]): Stay[] {
  const stays: Stay[] = [];
  let open: Stay | undefined;
  const close = (seq: number, end: NonNullable<Stay["end"]>) => {
    if (open === undefined) return;
    open.until = seq;
    open.end = end;
    open = undefined;
  };
  let wasIn = false;
  let epoch: string | undefined;
  for (const event of log) {
    const link = chain.find(({ seq }) => seq === event.seq);
    if (link !== undefined) {
      const isIn = link.epoch.members.some((member) => deviceKey(member) === device);
      const returns = isIn && link.kind === "external" && link.by === device;
      if (returns) close(event.seq, "return");
      if (!isIn) close(event.seq, "removal");
      if (returns || (isIn && !wasIn)) {
        open = { fromEpoch: link.epoch.number, since: event.seq, until: Infinity };
        stays.push(open);
      }
      wasIn = isIn;
      epoch = link.epoch.name;
    } else if (isGoodbye(world, device, event) && world.witness.sealedAs(event.payload)?.epoch === epoch) {
      // One from an older epoch did not reach everybody and is said again.
      close(event.seq, "goodbye");
    }
  }
  return stays;
}

/** Of open rooms: the log's joins tell the newest stay. */
export function openPresence(world: World, log: readonly RoomEvent[]): Presence {
  const isFor = (device: string, message: LoggedMessage) =>
    message.sealed.readers.has(device) && isForStay(world, device, log, message);
  return {
    isFor,
    mustRead: (device, message) =>
      (message.sealed.by === device ||
        (message.sealed.readers.has(device) && world.witness.wasIn(device, message.sealed.epoch))) &&
      isForStay(world, device, log, message),
    mustSend: () => true,
  };
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
