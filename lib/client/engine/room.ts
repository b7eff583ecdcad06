/**
 * One room on this device: its data, its turns (one at a time, ENG-02) and the single-flight loop that brings it
 * up to date. What a turn does stands in join, apply, send and duties; this file only owns the life cycle.
 */

import type { Group } from "../../crypto/mls/door";
import { unpackGroup } from "../../crypto/mls/group-state";
import { fromHex } from "../../protocol/bytes";
import { backlogPageEvents } from "../../protocol/limits";
import type { RoomId } from "../../protocol/ids";
import { peekMessage } from "../../protocol/mls/peek";
import type { RoomEvent } from "../../protocol/schemas/socket";
import type { Suspicion } from "./apply";
import { applyAll, catchUp } from "./catch-up";
import { Expulsions, heedRevocations } from "./expel-revoked";
import type { Question } from "./ask-back";
import { Draft, type RoomData, type WishOutcome } from "./draft";
import { dueDuties, keepDuties } from "./duties";
import { joinRoom } from "./join";
import { heedLog } from "./log/rely";
import { isDamage } from "./load";
import { Knocks, Letterbox } from "./knocks";
import { isStoreFull } from "./ports";
import { Marks } from "./marks";
import { SerialQueue } from "./queue";
import type { RoomKeys, StateKeys } from "./records";
import { checkTrail } from "./rollback";
import { salvageRoom } from "./salvage";
import { sendCommit, sendOutbox } from "./send";
import { waitAfter, type Step } from "./step";
import { grantWishes } from "./grant";
import { heed } from "./statements";
import { enterRoom } from "./enter";
import type { RoomHost } from "./room-host";
import { expireMessages } from "./expiry";

/** After a failure nobody foresaw, and until a full disk may have room again. */
const failureRetryMs = 5000;
const fullRetryMs = 15_000;
/** Who asks waits some seconds only. */
const knockRetryMs = 2000;
const dayMs = 24 * 60 * 60 * 1000;
/** Live events that wait for the turn before them; more are fetched again. */
const inboxMax = 1000;

export class Room {
  #data: RoomData;
  readonly #queue = new SerialQueue();
  #running = false;
  #again = false;
  #entered = false;
  #cancelRetry: (() => void) | undefined;
  #cancelDuty: (() => void) | undefined;
  #closed = false;
  #isForgotten = false;
  #trailChecked = false;
  #inbox: RoomEvent[] = [];
  #draining = false;
  #keys: RoomKeys;
  #marks: Marks;
  readonly #waiting = new Map<string, (outcome: WishOutcome) => void>();
  #cancelExpiry: (() => void) | undefined;
  /** Newest seq the server told of. */
  head = 0;
  /** Seq of the epoch this connection has attested. */
  attested: number | undefined;
  /** Event ids of messages that the server has taken in this connection; their echoes are on the way. */
  readonly taken = new Set<string>();
  /** Event id of the commit that the server has stored; its echo is on the way. */
  storedCommit: string | undefined;
  /** Whether something came that members on our branch do not send: we may be on another than they are. */
  suspicion: Suspicion = "none";
  /** The tickets that the server was told in this connection. */
  ticketsTold: string | undefined;
  /** Set when a join of ours met another: the next one asks to be let in. */
  hasMet = false;
  /** Whether this device has asked to be let in: in a crowded room it does so before it tries by itself. */
  hasAsked = false;
  /** Epoch and knowledge at which the tree was last looked through for revoked devices. */
  heeded = "";
  /** As `heeded`, for keys that are not proven yet. */
  lookedUp = "";
  readonly expulsions = new Expulsions();
  /** What this device asks members while it can open no GroupInfo. */
  question: Question | undefined;
  readonly knocks = new Knocks();
  readonly letterbox = new Letterbox();
  /** Set when the time for this device's share of the duties has come; see duties. */
  dutyIsDue = false;

  constructor(
    readonly host: RoomHost,
    keys: RoomKeys,
    data: RoomData,
  ) {
    this.#keys = keys;
    this.#data = data;
    this.#marks = new Marks(host.store, keys);
  }

  get keys(): RoomKeys {
    return this.#keys;
  }

  get data(): RoomData {
    return this.#data;
  }

  get roomId(): RoomId {
    return this.#data.meta.roomId;
  }

  /** What a turn does in a forgotten room comes to nothing. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** Runs `work` on a draft; store and memory change together or not at all. */
  turn<T>(work: (draft: Draft) => Promise<T> | T): Promise<T> {
    return this.#queue.run(async () => {
      const { identity, store, pins, clock, random } = this.host;
      const draft = new Draft(this.keys, identity, store, pins, this.#data, clock.now(), this.#marks, random);
      const result = await work(draft);
      if (this.#isForgotten) return result;
      const { expiresAt } = this.#data.meta;
      this.#data = await draft.save();
      if (this.#data.meta.expiresAt !== expiresAt) this.armExpiry();
      for (const [id, outcome] of draft.settled) this.#settle(id, outcome);
      for (const statement of draft.statements) heed(statement, this.host);
      if (draft.isChanged) {
        this.host.storeFull(false);
        this.host.changed(this, [...draft.upserts.values()], [...draft.removals]);
      }
      return result;
    });
  }

  /** Resolves when the wish has been carried out or refused; `undefined` when that takes longer than `ms`. */
  async wished(id: string, ms: number): Promise<WishOutcome | undefined> {
    return await new Promise((resolve) => {
      const cancel = this.host.clock.schedule(ms, () => {
        this.#waiting.delete(id);
        resolve(undefined);
      });
      this.#waiting.set(id, (outcome) => {
        cancel();
        resolve(outcome);
      });
    });
  }

  #settle(id: string, outcome: WishOutcome): void {
    this.#waiting.get(id)?.(outcome);
    this.#waiting.delete(id);
  }

  /** Deletes all that is stored of a room that was left, unless this device has come in again meanwhile. */
  async forget(): Promise<void> {
    await this.#queue.run(async () => {
      if (this.#data.meta.membership !== "none" || this.#isForgotten) return;
      const { store } = this.host;
      // Later there is nobody who could.
      await this.host.remember(this);
      const rows = await store.keys(this.#keys.base);
      await store.write(rows.map((key) => ({ key, value: undefined })));
      this.#isForgotten = true;
      this.close();
      this.host.forgotten(this);
    });
  }

  /** A record of this room cannot be read: the room goes on beside it, and joins again. */
  async salvage(): Promise<void> {
    const { store, identity, clock } = this.host;
    await this.#queue.run(async () => {
      const { keys, data } = await salvageRoom(store, identity, this.roomId, this.#keys.generation, clock.now());
      this.#keys = keys;
      this.#data = data;
      this.#marks = new Marks(store, keys);
    });
    this.armExpiry();
    this.host.changed(this, [], []);
    this.kick();
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
    this.#trailChecked = false;
    // A server that comes back may have gone back.
    this.head = 0;
    this.attested = undefined;
    this.ticketsTold = undefined;
    this.storedCommit = undefined;
    this.taken.clear();
  }

  /** A live event: applied at once when it is the next one, else the gap is fetched first (DS-05). */
  live(event: RoomEvent): void {
    this.head = Math.max(this.head, event.seq);
    if (this.data.meta.membership === "joining") this.#seenJoining(event);
    // A server that went back gives places out again: what comes next to an event that it has lost is not next (ENG-18).
    if (!this.#trailChecked) return;
    if (this.#inbox.length < inboxMax) this.#inbox.push(event);
    if (!this.#draining) void this.#drain();
  }

  #seenJoining({ payload }: RoomEvent): void {
    const peek = peekMessage(payload);
    if (peek.ok && peek.kind === "commit") this.letterbox.moved();
  }

  /** Somebody asks to be let in; duties answers when it is our turn. */
  knocked(knock: Uint8Array, turn: number): void {
    const { clock } = this.host;
    const delayMs = this.knocks.hear(knock, turn, clock.now());
    if (delayMs !== undefined) this.#kickIn(delayMs);
  }

  /** What these knocks depend on could not be asked now. */
  askAgain(knocks: readonly string[]): void {
    if (knocks.length === 0) return;
    this.knocks.putOff(knocks, this.host.clock.now() + knockRetryMs);
    this.#kickIn(knockRetryMs);
  }

  #kickIn(delayMs: number): void {
    this.host.clock.schedule(delayMs, () => {
      this.kick();
    });
  }

  /** Events that came while a turn ran share the next one: one write for all of them. */
  async #drain(): Promise<void> {
    this.#draining = true;
    try {
      while (this.#inbox.length > 0 && !this.#closed) {
        // All of the order up to here was read, whatever head the server names beyond it.
        if (this.#inbox[0]?.seq === this.data.meta.cursor + 1) await heedRevocations(this);
        await this.turn(async (draft) => {
          const { membership } = draft.meta;
          const events = this.#inbox.splice(0, backlogPageEvents);
          if (membership === "joined" || membership === "leaving") await applyAll(this, draft, events);
        });
      }
    } catch (error) {
      // Nothing was applied: the loop fetches it again.
      this.#inbox = [];
      await this.#failed(error);
    } finally {
      this.#draining = false;
    }
    this.kick();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry?.();
    this.#cancelDuty?.();
    this.#cancelExpiry?.();
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
    } catch (error) {
      await this.#failed(error);
    } finally {
      this.#running = false;
    }
    if (this.#again && !this.#closed) this.kick();
  }

  /** The turn was undone, so trying again is safe. */
  async #failed(error: unknown): Promise<void> {
    if (isDamage(error)) {
      await this.salvage().catch(() => {
        this.#retryIn(failureRetryMs);
      });
      return;
    }
    const isFull = isStoreFull(error);
    if (isFull) this.host.storeFull(true);
    this.#retryIn(isFull ? fullRetryMs : failureRetryMs);
  }

  async #step(): Promise<Step> {
    const { membership } = this.#data.meta;
    if (!this.host.isOnline()) return { done: true };
    if (membership === "none") return await this.#exit();
    if (!this.#entered) {
      const entered = await enterRoom(this);
      if (!entered.ok) return waitAfter(entered.error);
      this.#entered = true;
      this.head = Math.max(this.head, entered.value.head);
    }
    if (membership === "joining") {
      const joined = await joinRoom(this);
      if (!joined.done) return joined;
    }
    if (!this.#trailChecked) {
      const checked = await checkTrail(this);
      if (!checked.done) return checked;
      this.#trailChecked = true;
    }
    const caughtUp = await catchUp(this);
    if (!caughtUp.done) return caughtUp;
    // What was missed may be that we are no longer in.
    if (this.#data.meta.membership === "none") return await this.#exit();
    await heedRevocations(this);
    heedLog(this);
    for (const send of [sendCommit, grantWishes, sendOutbox, keepDuties]) {
      const sent = await send(this);
      if (!sent.done) return sent;
    }
    this.#armDuties();
    return { done: true };
  }

  /** Messages that disappear do so while somebody looks, and before anybody looks again. */
  armExpiry(minMs = 0): void {
    this.#cancelExpiry?.();
    const { expiresAt } = this.#data.meta;
    if (expiresAt === undefined || this.#closed) return;
    const delayMs = Math.min(Math.max(expiresAt - this.host.clock.now(), minMs), dayMs);
    this.#cancelExpiry = this.host.clock.schedule(delayMs, () => {
      void expireMessages(this).catch((error: unknown) => {
        void this.#failed(error);
        this.armExpiry(fullRetryMs);
      });
    });
  }

  /** Having left, we want no more deliveries. */
  async #exit(): Promise<Step> {
    const { goodbye, purge, cursor } = this.#data.meta;
    if (!this.#entered && goodbye === undefined && !purge) return { done: true };
    const signature = goodbye && fromHex(goodbye.signature);
    const proof = goodbye && signature && { leafIndex: goodbye.leafIndex, signature };
    const left = await this.host.transport.request("room:leave", {
      roomId: this.roomId,
      seq: cursor,
      ...(proof === undefined ? {} : { goodbye: proof }),
    });
    if (!left.ok) return waitAfter(left.error);
    this.#entered = false;
    await this.turn((draft) => {
      draft.meta.goodbye = undefined;
    });
    if (this.#data.meta.purge) await this.forget();
    this.host.hasLeft();
    return { done: true };
  }

  #armDuties(): void {
    this.#cancelDuty?.();
    this.#cancelDuty = undefined;
    const delayMs = this.#closed ? undefined : dueDuties(this);
    if (delayMs !== undefined) {
      this.#cancelDuty = this.host.clock.schedule(delayMs, () => {
        this.dutyIsDue = true;
        this.kick();
      });
    }
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry?.();
    if (this.#closed) return;
    this.#cancelRetry = this.host.clock.schedule(delayMs, () => {
      this.kick();
    });
  }
}
