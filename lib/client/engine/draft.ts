/**
 * One engine turn: a copy of a room's data that is changed in memory, written in one transaction and only then
 * becomes the truth (ENG-01). A turn that throws leaves store and memory as they were.
 */

import type { DeviceIdentity, Group, Member } from "../../crypto/mls/door";
import { changedParts, packGroup } from "../../crypto/mls/group-state";
import { policyOf } from "../../crypto/mls/roster";
import type { Marks } from "./marks";
import { equalBytes } from "../../protocol/bytes";
import type { Statement } from "./statements";
import type { Random, Store, Write } from "./ports";
import {
  encodeRecord,
  pendingKey,
  pinKey,
  roomKeys,
  timelineKey,
  type Pending,
  type PendingCommit,
  type RoomKeys,
  type RoomMeta,
  type StateKeys,
  type StoredItem,
} from "./records";
import type { Transcript } from "./transcript";
import { transcriptWrites } from "./transcript-records";
import type { Author, TimelineItem, UnreadableCause } from "./views";
import { newestMessages, type StoredMessage } from "./reports";
import { roomGenerations } from "./room-generations";
import type { WishRefusal } from "./wish";

/** Behind the lines of the largest commit. */
const ownLineIndex = 900;
/** Behind those of a person. */
const carriedLineIndex = 9999;

/** A room as it stands between two turns. */
export interface RoomData {
  readonly meta: RoomMeta;
  readonly group: Group | undefined;
  readonly pending: readonly Pending[];
  readonly commit: PendingCommit | undefined;
  readonly transcript?: Transcript | undefined;
}

/** `done`: carried out, or nothing was left to do. */
export type WishOutcome = "done" | WishRefusal | "NOT_REACHABLE" | "NO_SUCH_ACCOUNT" | "NOT_FOUND";

type WithoutKey<Item> = Item extends StoredItem ? Omit<Item, "key"> : never;

export class Draft {
  meta: RoomMeta;
  group: Group | undefined;
  commit: PendingCommit | undefined;
  /** Of the group; without one there is none. */
  transcript: Transcript | undefined;
  /** Known after `save`. */
  isChanged = false;
  readonly upserts = new Map<string, TimelineItem>();
  readonly removals = new Set<string>();
  /** Wishes that this turn has brought to an end, and how. */
  readonly settled = new Map<string, WishOutcome>();
  /** What senders of messages in this turn state beside their words. */
  readonly statements: Statement[] = [];
  #pending: Pending[];
  readonly #metaBefore: Uint8Array;
  readonly #groupBefore: Group | undefined;
  readonly #transcriptBefore: Transcript | undefined;
  readonly #writes = new Map<string, Uint8Array | undefined>();
  readonly #newPins = new Map<string, string>();
  readonly #lines = new Map<number, number>();

  constructor(
    readonly keys: RoomKeys,
    readonly identity: DeviceIdentity,
    private readonly store: Store,
    private readonly pins: Map<string, string>,
    data: RoomData,
    readonly nowMs: number,
    private readonly marks: Marks,
    readonly random: Random,
  ) {
    this.meta = { ...data.meta };
    this.#metaBefore = encodeRecord(data.meta);
    this.group = data.group;
    this.commit = data.commit;
    this.#groupBefore = data.group;
    this.transcript = data.transcript;
    this.#transcriptBefore = data.transcript;
    this.#pending = [...data.pending];
  }

  get pending(): readonly Pending[] {
    return this.#pending;
  }

  put(key: string, value: Uint8Array | undefined): void {
    this.#writes.set(key, value);
  }

  /** A row as this turn leaves it. */
  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#writes.has(key) ? this.#writes.get(key) : await this.store.get(key);
  }

  /** Whether a mark of a message that was read is there. */
  async has(key: string): Promise<boolean> {
    if (this.#writes.has(key)) return this.#writes.get(key) !== undefined;
    return await this.marks.has(key);
  }

  /** Adds the next timeline line of the event at `seq` and answers its key; `after`: one that a person caused, behind all that the event says itself. */
  line(seq: number, item: WithoutKey<StoredItem>, after?: "event"): string {
    const index = this.#lines.get(seq) ?? (after === "event" ? ownLineIndex : 0);
    this.#lines.set(seq, index + 1);
    const key = timelineKey(seq + this.meta.shift, index);
    this.putLine({ ...item, key });
    return key;
  }

  /** Writes a line where its key says; there may be one already, which is another one then. */
  putLine(stored: StoredItem): void {
    this.put(this.keys.timeline(stored.key), encodeRecord(stored));
    this.upserts.set(stored.key, toView(stored));
    this.removals.delete(stored.key);
  }

  /** A line of another room that goes on here; it keeps its time. */
  carry(item: StoredItem, from: string, expiresAtMs: number | undefined): void {
    const place = timelineKey(this.meta.cursor + this.meta.shift, carriedLineIndex);
    // Among themselves such lines stand as they stood.
    const key = `${place}${item.key.replace(".", "").slice(-28)}${from.slice(0, 8)}`;
    const stored: StoredItem = item.kind === "message" ? { ...item, key, n: undefined } : { ...item, key };
    this.put(this.keys.timeline(key), encodeRecord(stored));
    this.upserts.set(key, toView(stored));
    if (expiresAtMs !== undefined) {
      this.put(this.keys.expiry(expiresAtMs, key), new Uint8Array([1]));
      this.meta.expiresAt = Math.min(this.meta.expiresAt ?? expiresAtMs, expiresAtMs);
    }
    if (item.kind !== "message" || item.at < (this.meta.lastAt ?? 0)) return;
    this.meta.lastText = item.text;
    this.meta.lastAt = item.at;
  }

  removeLine(key: string): void {
    this.put(this.keys.timeline(key), undefined);
    this.upserts.delete(key);
    this.removals.add(key);
  }

  setPending(entry: Pending): void {
    this.#pending = [...this.#pending.filter((other) => other.order !== entry.order), entry].sort(
      (a, b) => a.order - b.order,
    );
    this.put(this.keys.outbox(entry.order), encodeRecord(entry));
    const view = pendingView(entry, this.author(this.identity));
    if (view !== undefined) {
      this.upserts.set(view.key, view);
      this.removals.delete(view.key);
    }
  }

  dropPending(entry: Pending): void {
    this.#pending = this.#pending.filter((other) => other.order !== entry.order);
    this.put(this.keys.outbox(entry.order), undefined);
    this.put(this.keys.ciphertext(entry.order), undefined);
    this.upserts.delete(pendingKey(entry.order));
    this.removals.add(pendingKey(entry.order));
  }

  /** Stores a state that counts only once its event is seen in order: a pending commit or join. */
  putState(
    keys: StateKeys,
    state: { next: Group; payload: Uint8Array; groupInfo: Uint8Array; welcome?: Uint8Array | undefined },
  ): void {
    this.put(keys.payload, state.payload);
    this.put(keys.groupInfo, state.groupInfo);
    this.put(keys.group, packGroup(state.next));
    if (state.welcome !== undefined) this.put(keys.welcome, state.welcome);
  }

  dropState(keys: StateKeys): void {
    for (const key of Object.values(keys)) this.put(key, undefined);
  }

  dropCommit(): void {
    this.commit = undefined;
    this.dropState(this.keys.commit);
    this.put(this.keys.commit.record, undefined);
  }

  /** A name met for the first time is pinned to its account id (DESIGN section 2). */
  pin(member: Pick<Member, "username" | "accountId">): void {
    if (this.#pinOf(member.username) !== undefined) return;
    this.#newPins.set(member.username, member.accountId);
    this.put(pinKey(member.username), encodeRecord(member.accountId));
  }

  author(member: Pick<Member, "username" | "accountId">): Author {
    this.pin(member);
    return {
      username: member.username,
      accountId: member.accountId,
      keyChanged: this.#pinOf(member.username) !== member.accountId,
    };
  }

  /** Somebody whom only another's word names: it pins nothing. */
  named({ username, accountId }: Pick<Member, "username" | "accountId">): Author {
    return { username, accountId, keyChanged: (this.#pinOf(username) ?? accountId) !== accountId };
  }

  /** The name under which an account was met. */
  nameOf(accountId: string): string | undefined {
    for (const pins of [this.#newPins, this.pins]) {
      for (const [username, pinned] of pins) if (pinned === accountId) return username;
    }
    return undefined;
  }

  #pinOf(username: string): string | undefined {
    return this.pins.get(username) ?? this.#newPins.get(username);
  }

  settleWish(id: string, outcome: WishOutcome): void {
    this.meta.wishes = this.meta.wishes.filter((wish) => wish.id !== id);
    this.settled.set(id, outcome);
  }

  /** The line just written at `seq` goes when the room's timer says; `sentAt` by the sender's clock, never later than now. */
  willExpire(seq: number, sentAt: number): void {
    const policy = this.group && policyOf(this.group);
    const timerMs = policy === undefined || policy.kind === "open" ? null : policy.timerMs;
    if (timerMs === null) return;
    const key = timelineKey(seq + this.meta.shift, (this.#lines.get(seq) ?? 1) - 1);
    const atMs = Math.min(sentAt, this.nowMs) + timerMs;
    this.put(this.keys.expiry(atMs, key), new Uint8Array([1]));
    this.meta.expiresAt = Math.min(this.meta.expiresAt ?? atMs, atMs);
  }

  /** The newest messages of a room on this device, by id, of several accounts that used one each; of another room than this draft's as well. */
  async messagesOf(roomId: string): Promise<ReadonlyMap<string, readonly StoredMessage[]>> {
    if (roomId === this.meta.roomId) return await newestMessages(this.store, this.keys);
    return await newestMessages(this.store, roomKeys(roomId, (await roomGenerations(this.store)).get(roomId)));
  }

  /** Counts and shows a message that stays unreadable. */
  unreadable(seq: number, at: number, cause: UnreadableCause): void {
    countUnreadable(this.meta, cause, 1);
    this.line(seq, { kind: "unreadable", at, cause });
  }

  /** One atomic write of everything this turn changed. */
  async save(): Promise<RoomData> {
    if (this.group !== this.#groupBefore) {
      const changed = changedParts(this.#groupBefore, this.group);
      for (const [name, bytes] of changed) this.put(`${this.keys.groupPrefix}${name}`, bytes);
      if (this.group !== undefined) {
        // An unconfirmed epoch may belong to a branch nobody shares: it binds us to nothing.
        if (this.meta.confirmed) this.meta.newestEpoch = Math.max(this.meta.newestEpoch, Number(this.group.epoch));
      }
    }
    const transcript = this.group === undefined ? undefined : this.transcript;
    const transcriptRows = transcriptWrites(this.keys, this.#transcriptBefore, transcript);
    for (const [key, bytes] of transcriptRows) this.put(key, bytes);
    const meta = encodeRecord(this.meta);
    if (!equalBytes(meta, this.#metaBefore)) this.put(this.keys.meta, meta);
    const batch: Write[] = [...this.#writes].map(([key, value]) => ({ key, value }));
    this.isChanged = batch.length > 0;
    if (this.isChanged) await this.store.write(batch);
    for (const { key } of batch) await this.marks.add(key);
    for (const [username, accountId] of this.#newPins) this.pins.set(username, accountId);
    return { meta: this.meta, group: this.group, pending: this.#pending, commit: this.commit, transcript };
  }
}

export function countUnreadable(meta: RoomMeta, cause: UnreadableCause, by: number): void {
  const { health } = meta;
  const unreadable = { ...health.unreadable, [cause]: (health.unreadable[cause] ?? 0) + by };
  meta.health = { ...health, unreadable };
}

/** Stored lines carry more than the page needs. */
export function toView(stored: StoredItem): TimelineItem {
  if (stored.kind === "message") {
    const { n: _n, ...view } = stored;
    return view;
  }
  if (stored.kind === "system") return { ...stored, who: stored.who };
  return stored;
}

/** How an own waiting message looks; internal ones (confirm, leave) are not shown. */
export function pendingView(entry: Pending, author: Author): TimelineItem | undefined {
  if (entry.body.kind !== "text") return undefined;
  const state = ({ queued: "queued", sealed: "sending", failed: "failed" } as const)[entry.state];
  return {
    key: pendingKey(entry.order),
    at: entry.t,
    kind: "message",
    messageId: entry.messageId,
    author,
    own: true,
    text: entry.body.text,
    state,
  };
}
