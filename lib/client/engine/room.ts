/**
 * One room on this device: its data, its turns (one at a time, ENG-02) and the single-flight loop that brings it
 * up to date. What a turn does stands in join, apply, send and duties; this file only owns the life cycle.
 */

import type { AnchorSource, DeviceIdentity, Group } from "../../crypto/mls/door";
import { unpackGroup } from "../../crypto/mls/group-state";
import { backlogPageEvents } from "../../protocol/limits";
import type { RoomId } from "../../protocol/ids";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { applyEvent } from "./apply";
import { Draft, type RoomData } from "./draft";
import { dueDuties, keepDuties } from "./duties";
import { joinRoom } from "./join";
import type { Clock, Random, Store, Transport } from "./ports";
import { SerialQueue } from "./queue";
import type { RoomKeys, StateKeys } from "./records";
import { sendCommit, sendOutbox } from "./send";
import { waitAfter, type Step } from "./step";
import type { TimelineItem } from "./views";

/** What a room needs of the engine around it. */
export interface RoomHost {
  readonly identity: DeviceIdentity;
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly anchors: AnchorSource;
  readonly pins: Map<string, string>;
  isOnline(): boolean;
  changed(room: Room, upsert: readonly TimelineItem[], remove: readonly string[]): void;
}

const retryMs = 1000;

export class Room {
  #data: RoomData;
  readonly #queue = new SerialQueue();
  #running = false;
  #again = false;
  #entered = false;
  #cancelRetry: (() => void) | undefined;
  #cancelDuty: (() => void) | undefined;
  #closed = false;
  /** Newest seq the server told of. */
  head = 0;
  /** Seq of the epoch this connection has attested. */
  attested: number | undefined;
  /** Event id of the commit that the server has stored; its echo is on the way. */
  storedCommit: string | undefined;
  /** Epoch for which a join of ours came too late. */
  lostEpoch = -1;
  /** A message that came while we are not confirmed could not be read: we may be on a lost branch. */
  isSuspicious = false;
  /** Set when the time for this device's share of the duties has come; see duties. */
  dutyIsDue = false;

  constructor(
    readonly host: RoomHost,
    readonly keys: RoomKeys,
    data: RoomData,
  ) {
    this.#data = data;
  }

  get data(): RoomData {
    return this.#data;
  }

  get roomId(): RoomId {
    return this.#data.meta.roomId;
  }

  /** Runs `work` on a draft; store and memory change together or not at all. */
  turn<T>(work: (draft: Draft) => Promise<T> | T): Promise<T> {
    return this.#queue.run(async () => {
      const draft = new Draft(this.keys, this.host.identity, this.host.store, this.host.pins, this.#data);
      const result = await work(draft);
      this.#data = await draft.save();
      this.host.changed(this, [...draft.upserts.values()], [...draft.removals]);
      return result;
    });
  }

  /** Something may be to do: runs the loop, or once more if it runs already. */
  kick(): void {
    this.#again = true;
    if (this.#running || this.#closed) return;
    this.#running = true;
    void this.#loop();
  }

  /** The connection was lost: the server forgot our subscription. */
  disconnected(): void {
    this.#entered = false;
    this.attested = undefined;
    this.storedCommit = undefined;
  }

  /** A live event: applied at once when it is the next one, else the gap is fetched first (DS-05). */
  async live(event: RoomEvent): Promise<void> {
    this.head = Math.max(this.head, event.seq);
    const { meta } = this.#data;
    if (meta.membership === "joined" || meta.membership === "leaving") {
      await this.turn(async (draft) => {
        if (event.seq === draft.meta.cursor + 1) await this.#apply(draft, event);
      });
    }
    this.kick();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#cancelDuty?.();
  }

  /** All turns and network steps under way are over. */
  async settled(): Promise<void> {
    while (this.#running) await new Promise<void>((resolve) => void this.host.clock.schedule(1, resolve));
  }

  async loadState(keys: StateKeys): Promise<{ payload: Uint8Array; groupInfo: Uint8Array; next: Group } | undefined> {
    const { store, identity } = this.host;
    const [payload, groupInfo, group] = await Promise.all(
      [keys.payload, keys.groupInfo, keys.group].map((key) => store.get(key)),
    );
    if (payload === undefined || groupInfo === undefined || group === undefined) return undefined;
    return { payload, groupInfo, next: unpackGroup(group, identity) };
  }

  async #loop(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        const step = await this.#step();
        if (!step.done && step.retryMs !== undefined) this.#retryIn(step.retryMs);
      }
    } catch {
      // An unforeseen failure must not end the room: the turn was undone, so trying again is safe.
      this.#retryIn(retryMs * 5);
    } finally {
      this.#running = false;
    }
    if (this.#again && !this.#closed) this.kick();
  }

  async #step(): Promise<Step> {
    const { membership } = this.#data.meta;
    if (!this.host.isOnline()) return { done: true };
    if (membership === "none") return await this.#exit();
    if (!this.#entered) {
      const entered = await this.host.transport.request("room:enter", { roomId: this.roomId });
      if (!entered.ok) return waitAfter(entered.error);
      this.#entered = true;
      this.head = Math.max(this.head, entered.value.head);
    }
    if (membership === "joining") {
      const joined = await joinRoom(this);
      if (!joined.done) return joined;
    }
    const caughtUp = await this.#catchUp();
    if (!caughtUp.done) return caughtUp;
    for (const send of [sendCommit, sendOutbox, keepDuties]) {
      const sent = await send(this);
      if (!sent.done) return sent;
    }
    this.#armDuties();
    return { done: true };
  }

  /** Having left, we want no more deliveries. */
  async #exit(): Promise<Step> {
    if (!this.#entered) return { done: true };
    const left = await this.host.transport.request("room:leave", { roomId: this.roomId });
    if (!left.ok) return waitAfter(left.error);
    this.#entered = false;
    return { done: true };
  }

  /** Fetches and applies what is missing, a page a turn. */
  async #catchUp(): Promise<Step> {
    while (this.#data.group !== undefined && this.#data.meta.cursor < this.head) {
      const page = await this.host.transport.request("events:fetch", {
        roomId: this.roomId,
        after: this.#data.meta.cursor,
        limit: backlogPageEvents,
      });
      if (!page.ok) return waitAfter(page.error);
      this.head = Math.max(this.head, page.value.head);
      const before = this.#data.meta.cursor;
      await this.turn(async (draft) => {
        for (const event of page.value.events) {
          if (event.seq === draft.meta.cursor + 1) await this.#apply(draft, event);
        }
      });
      // A server that names a head it does not deliver must not keep us spinning.
      if (this.#data.meta.cursor === before) return { done: false, retryMs };
    }
    return { done: true };
  }

  async #apply(draft: Draft, event: RoomEvent): Promise<void> {
    const applied = await applyEvent(draft, event, {
      ciphertext: (order) => this.host.store.get(this.keys.ciphertext(order)),
      commit: () => this.loadState(this.keys.commit),
    });
    if (applied === "unreadable" && !draft.meta.confirmed) this.isSuspicious = true;
  }

  #armDuties(): void {
    this.#cancelDuty?.();
    this.#cancelDuty = undefined;
    const delayMs = dueDuties(this);
    if (delayMs !== undefined) {
      this.#cancelDuty = this.host.clock.schedule(delayMs, () => {
        this.dutyIsDue = true;
        this.kick();
      });
    }
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.host.clock.schedule(delayMs, () => {
      this.kick();
    });
  }
}
