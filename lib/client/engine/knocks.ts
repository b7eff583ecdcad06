/**
 * Joins that meet: who has lost a race for an epoch asks members to let it in, and a member lets all who ask at that time in by
 * one commit, instead of one commit, and one lost race of all others, for each (ENG-25). Nothing of it is stored: whoever
 * is not answered comes in by external commit.
 */

import { joinWelcome } from "../../crypto/mls/join-welcome";
import { makeKnock, readKnock, type Knock, type ReadKnock } from "../../crypto/mls/knock";
import type { Group, Member } from "../../crypto/mls/door";
import { members, policyOf } from "../../crypto/mls/roster";
import { fromHex, toHex } from "../../protocol/bytes";
import {
  commitMaxProposals,
  knockBytesPerMs,
  knockKeptMs,
  knocksMax,
  knockTurnMs,
  knockWaitMs,
  knockWindowMs,
} from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import type { RoomEvent, WelcomeNotice } from "../../protocol/schemas/socket";
import { AnchorsUnavailable } from "./anchors";
import { standingsOf, type Standing } from "./log/newcomers";
import type { Clock } from "./ports";
import { deviceKey } from "./records";
import type { Room } from "./room";
import type { Way } from "./ways";

interface Waiting {
  readonly message: Uint8Array;
  readonly dueAt: number;
  readonly until: number;
}

/** Who asks to come in, as a member keeps it in mind. */
export class Knocks {
  readonly #waiting = new Map<string, Waiting>();

  /** Answers in how many milliseconds this member should act. */
  hear(message: Uint8Array, turn: number, nowMs: number): number | undefined {
    this.#forgetOld(nowMs);
    if (this.#waiting.size >= knocksMax) return undefined;
    const delayMs = knockWindowMs + turn * knockTurnMs;
    // Its end is the signature: as good as a name.
    const name = toHex(message.slice(-64));
    if (!this.#waiting.has(name)) {
      this.#waiting.set(name, { message, dueAt: nowMs + delayMs, until: nowMs + knockKeptMs });
    }
    return delayMs;
  }

  /** All who wait, once the first of them has waited long enough: they come in together. */
  due(nowMs: number): readonly (readonly [string, Uint8Array])[] {
    this.#forgetOld(nowMs);
    const waiting = [...this.#waiting];
    if (!waiting.some(([, { dueAt }]) => dueAt <= nowMs)) return [];
    return waiting.map(([name, { message }]) => [name, message] as const);
  }

  /** Whether they may come in could not be said: they are due again then. */
  putOff(names: readonly string[], dueAt: number): void {
    for (const name of names) {
      const waiting = this.#waiting.get(name);
      if (waiting !== undefined) this.#waiting.set(name, { ...waiting, dueAt });
    }
  }

  forget(name: string): void {
    this.#waiting.delete(name);
  }

  #forgetOld(nowMs: number): void {
    for (const [name, { until }] of this.#waiting) if (until <= nowMs) this.#waiting.delete(name);
  }
}

/** Welcomes for one who asks, in the order they came. */
export class Letterbox {
  #letters: WelcomeNotice[] = [];
  #wake: (() => void) | undefined;
  #waitOn: (() => void) | undefined;

  /** A member's commit: members are there and at work, so the next may be ours. */
  moved(): void {
    this.#waitOn?.();
  }

  put(letter: WelcomeNotice): void {
    if (this.#wake === undefined) return;
    this.#letters.push(letter);
    this.#wake();
  }

  /** Whatever comes within `ms` of the beginning or of a member's commit, `longestMs` at most, until `take` is content. */
  async open(
    clock: Clock,
    { ms, longestMs }: { readonly ms: number; readonly longestMs: number },
    take: (letter: WelcomeNotice) => Promise<boolean>,
  ): Promise<boolean> {
    let isOver = false;
    this.#letters = [];
    // Letters count from now on, also while one of them is read.
    this.#wake = () => undefined;
    const latest = clock.now() + longestMs;
    const wait = () =>
      clock.schedule(Math.max(0, Math.min(ms, latest - clock.now())), () => {
        isOver = true;
        this.#wake?.();
      });
    let cancel = wait();
    this.#waitOn = () => {
      cancel();
      cancel = wait();
    };
    try {
      for (;;) {
        const letter = this.#letters.shift();
        if (letter !== undefined) {
          if (await take(letter)) return true;
        } else {
          // Changed by the timer above, which the compiler does not see.
          if (isOver as boolean) return false;
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#wake = undefined;
      this.#waitOn = undefined;
      cancel();
    }
  }
}

/** What a Welcome led to: a group, and the event of the order that made its epoch. */
export interface Admission {
  readonly group: Group;
  readonly event: RoomEvent;
  /** The other devices: a word of theirs in this epoch shows that it counts. */
  readonly before: readonly string[];
}

/** What became of a Welcome; "unreachable" says that the server did not answer, which decides nothing. */
export type Reading = "in" | "refused" | "unreachable";

const readAttempts = 5;
const readPauseMs = 1000;

/** Asks to be let in and waits; `adopt` decides whether a Welcome counts. False: come in by yourself. */
export async function askIn(room: Room, way: Way, adopt: (admission: Admission) => Promise<Reading>): Promise<boolean> {
  const { clock, identity, transport } = room.host;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const knock = await makeKnock(groupId, BigInt(way.candidate.epoch), identity, new Date(clock.now()));
  const answer = await transport.request("room:knock", { roomId: room.roomId, knock: knock.message });
  if (!answer.ok || answer.value.doors === 0) return false;
  const travelMs = Math.ceil(way.candidate.groupInfo.length / knockBytesPerMs);
  const patience = { ms: knockWaitMs + travelMs, longestMs: knockKeptMs };
  return await room.letterbox.open(clock, patience, async (letter) => {
    // Our leaf is in the tree: to give the Welcome up would cost the room another commit.
    for (let attempt = 1; attempt <= readAttempts; attempt++) {
      const read = await readLetter(room, knock, groupId, letter);
      const reading = typeof read === "string" ? read : await adopt(read);
      if (reading !== "unreachable") return reading === "in";
      await new Promise<void>((resolve) => void clock.schedule(readPauseMs, resolve));
    }
    return false;
  });
}

async function readLetter(
  room: Room,
  { keyPackage }: Knock,
  groupId: Uint8Array,
  { seq, welcome }: WelcomeNotice,
): Promise<Admission | Exclude<Reading, "in">> {
  const { identity, anchors } = room.host;
  let joined;
  try {
    joined = await joinWelcome({ welcome, keyPackage, identity, anchors, groupId });
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return "unreachable";
    throw error;
  }
  if (!joined.ok || Number(joined.group.epoch) < room.data.meta.newestEpoch) return "refused";
  const { group } = joined;
  const after = Math.max(seq - 1, 0);
  const fetched = await room.host.transport.request("events:fetch", { roomId: room.roomId, after, limit: 1 });
  if (!fetched.ok) return "unreachable";
  const event = fetched.value.events[0];
  const peek = event && peekMessage(event.payload);
  if (event?.seq !== seq || peek?.ok !== true || peek.kind !== "commit") return "refused";
  if (peek.epoch !== group.epoch - 1n) return "refused";
  const own = deviceKey(identity);
  const before = members(group)
    .map(deviceKey)
    .filter((device) => device !== own);
  return { group, event, before };
}

/** Of a room that is not open only members' own devices: whoever else wants in was invited, or has a link. */
function mayBeLetIn(group: Group, { accountId }: Pick<Member, "accountId">): boolean {
  return policyOf(group).kind === "open" || members(group).some((member) => member.accountId === accountId);
}

export interface Guests {
  readonly keyPackages: readonly Uint8Array[];
  readonly to: readonly string[];
  /** Names of their knocks. */
  readonly names: readonly string[];
}

type Guest = Extract<ReadKnock, { ok: true }> & { readonly name: string };

/**
 * Those of the waiting who may come in now. Who can never come in is forgotten, as whoever's device is revoked or not in the log
 * (LOG-11). Where this cannot be said now, it is asked again in a while.
 */
export async function findGuests(room: Room, group: Group): Promise<Guests> {
  const guests = await inLog(room, group, await notRevoked(room, await readWaiting(room, group)));
  return {
    keyPackages: guests.map(({ keyPackage }) => keyPackage),
    to: guests.map(({ member }) => member.deviceId),
    names: guests.map(({ name }) => name),
  };
}

/** One knock of each device. */
async function readWaiting(room: Room, group: Group): Promise<Guest[]> {
  const { anchors, clock } = room.host;
  const now = new Date(clock.now());
  const guests = new Map<string, Guest>();
  for (const [name, message] of room.knocks.due(clock.now())) {
    if (guests.size === commitMaxProposals) break;
    try {
      const read = await readKnock(group, message, { anchors, now });
      // Whoever asked before somebody left may be who left: asked once is not asked for ever.
      if (read.ok && Number(read.epoch) >= room.data.meta.removalEpoch && mayBeLetIn(group, read.member)) {
        guests.set(deviceKey(read.member), { ...read, name });
      } else if (read.ok || read.reason !== "future-epoch") room.knocks.forget(name);
    } catch (error) {
      if (!(error instanceof AnchorsUnavailable)) throw error;
    }
  }
  return [...guests.values()];
}

async function notRevoked(room: Room, guests: readonly Guest[]): Promise<readonly Guest[]> {
  const { revocations } = room.host;
  const asked = await revocations.ask(guests.map(({ member }) => member)).catch(() => undefined);
  if (asked?.ok !== true) {
    room.askAgain(guests.map(({ name }) => name));
    return [];
  }
  const isRevoked = ({ member }: Guest) => revocations.of(deviceKey(member)) !== undefined;
  for (const { name } of guests.filter(isRevoked)) room.knocks.forget(name);
  return guests.filter((guest) => !isRevoked(guest));
}

/** A key that the log does not have is somebody's word alone, and its Welcome would tell it all that a room is. */
async function inLog(room: Room, group: Group, guests: readonly Guest[]): Promise<readonly Guest[]> {
  const standings = await standingsOf(room.host, guests).catch(() => undefined);
  const are = (standing: Standing) => guests.filter((_, index) => (standings?.[index] ?? "unknown") === standing);
  for (const { name, member } of are("missing")) {
    room.knocks.forget(name);
    // Anybody can ask to come into an open room, so it would say nothing there.
    const { username, accountId } = member;
    if (policyOf(group).kind !== "open") await room.host.keyLog.refuse({ username, accountId });
  }
  room.askAgain(are("unknown").map(({ name }) => name));
  return are("logged");
}
