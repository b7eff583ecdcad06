/**
 * What the page knows of the engine: one immutable snapshot, replaced when the worker tells something. The worker runs
 * while anybody is subscribed. IndexedDB is the truth; after every reconnect the open rooms are read again.
 */

import type { CallError, Connection, EngineConnection, EngineEvent, RoomState, RoomView, Trouble } from "../worker/api";
import { openReading, readElsewhere, readOn, type Eyes, type Reading } from "./reading";
import { applyChange, applyNewestPage, oldestKey, sinceOldest, type Timeline } from "./timeline";

export interface OpenTimeline {
  readonly items: Timeline;
  /** Older lines are stored. */
  readonly more: boolean;
  readonly loadingEarlier: boolean;
  /** Undefined while nobody is in the room, and until it is known what was unread. */
  readonly reading: Reading | undefined;
}

/** Where the person who is in a room looks. */
export type Gaze = Omit<Eyes, "lateBefore">;

export interface EngineSnapshot {
  readonly connection: Connection;
  /** Why the engine cannot run in this browser. */
  readonly failure: CallError | undefined;
  readonly rooms: readonly RoomState[] | undefined;
  /** `null`: this device has never entered the room. No entry: not known yet. */
  readonly views: ReadonlyMap<string, RoomView | null>;
  readonly timelines: ReadonlyMap<string, OpenTimeline>;
  readonly troubles: readonly Trouble[];
}

/** A long absence brings thousands of lines: the newest are shown, the others are a scroll away. */
const mountedMax = 600;
const mountedKept = 400;

const emptyTimeline: OpenTimeline = { items: [], more: true, loadingEarlier: false, reading: undefined };

function unreadOf(rooms: readonly RoomState[] | undefined, roomId: string): number {
  return rooms?.find((room) => room.roomId === roomId)?.unread ?? 0;
}

function shortened(timeline: OpenTimeline): OpenTimeline {
  if (timeline.items.length <= mountedMax || timeline.loadingEarlier) return timeline;
  return { ...timeline, items: timeline.items.slice(-mountedKept), more: true };
}

/** How long after a connection what was missed keeps coming in. */
const catchUpMs = 5000;

/** Before the worker has said anything; also what the server renders. */
export const initialSnapshot: EngineSnapshot = {
  connection: "connecting",
  failure: undefined,
  rooms: undefined,
  views: new Map(),
  timelines: new Map(),
  troubles: [],
};

export class EngineView {
  readonly #connect: () => EngineConnection;
  readonly #listeners = new Set<() => void>();
  readonly #open = new Set<string>();
  /** How often each room was told of: an answer that was asked for before the newest of it is older news. */
  readonly #told = new Map<string, number>();
  readonly #gazes = new Map<string, Gaze>();
  readonly #drafts = new Map<string, string>();
  /** While what was missed comes in: when the connection came back. */
  #lateBefore: number | undefined;
  #caughtUp: ReturnType<typeof setTimeout> | undefined;
  #connection: EngineConnection | undefined;
  #snapshot = initialSnapshot;

  constructor(connect: () => EngineConnection) {
    this.#connect = connect;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#start();
    return () => {
      this.#listeners.delete(listener);
      // React may unsubscribe and subscribe in one go; only a page that has left ends the worker.
      queueMicrotask(() => {
        if (this.#listeners.size === 0) this.#close();
      });
    };
  };

  readonly snapshot = (): EngineSnapshot => this.#snapshot;

  /** The worker's calls; starts it when need be. */
  get calls(): EngineConnection {
    return this.#start();
  }

  #start(): EngineConnection {
    if (this.#connection !== undefined) return this.#connection;
    const connection = this.#connect();
    this.#connection = connection;
    connection.subscribe((event) => {
      if (this.#connection === connection) this.#hear(event);
    });
    void this.#readRooms(connection);
    return connection;
  }

  /** Begins to follow a room; once is enough. */
  openRoom(roomId: string): void {
    if (this.#open.has(roomId)) return;
    this.#open.add(roomId);
    void this.#readRoom(this.calls, roomId);
  }

  /** Reads an open room again: a room that was never entered had no events to tell. */
  async reread(roomId: string): Promise<void> {
    await this.#readRoom(this.calls, roomId);
  }

  /** Somebody opens the room: what is unread now gets its line. */
  enterRoom(roomId: string): void {
    this.openRoom(roomId);
    this.#gazes.set(roomId, { visible: true, atEnd: false });
    this.#beginReading(roomId);
  }

  leaveRoom(roomId: string): void {
    this.#gazes.delete(roomId);
    if (this.#snapshot.timelines.has(roomId)) {
      this.#setTimeline(roomId, (timeline) => ({ ...timeline, reading: undefined }));
    }
  }

  /** Where the reader looks from now on. */
  look(roomId: string, gaze: Gaze): void {
    const before = this.#gazes.get(roomId);
    if (before === undefined || (before.visible === gaze.visible && before.atEnd === gaze.atEnd)) return;
    this.#gazes.set(roomId, gaze);
    this.#setTimeline(roomId, (timeline) => timeline);
  }

  async loadEarlier(roomId: string): Promise<void> {
    const open = this.#snapshot.timelines.get(roomId);
    const before = open && oldestKey(open.items);
    if (open === undefined || before === undefined || open.loadingEarlier) return;
    this.#setTimeline(roomId, (timeline) => ({ ...timeline, loadingEarlier: true }));
    const page = await this.calls.earlier(roomId, before);
    this.#setTimeline(roomId, (timeline) => ({
      ...timeline,
      items: page.ok ? applyChange(timeline.items, page.value.items, []) : timeline.items,
      more: page.ok ? page.value.more : timeline.more,
      loadingEarlier: false,
    }));
    this.#beginReading(roomId, page.ok);
  }

  /** Unsent text lives in memory only: what is stored is sealed, and half a sentence is not worth a key. */
  draft(roomId: string): string {
    return this.#drafts.get(roomId) ?? "";
  }

  keepDraft(roomId: string, text: string): void {
    this.#drafts.set(roomId, text);
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#open.clear();
    this.#gazes.clear();
    clearTimeout(this.#caughtUp);
    this.#lateBefore = undefined;
    this.#snapshot = initialSnapshot;
  }

  #hear(event: EngineEvent): void {
    switch (event.type) {
      case "connection":
        if (event.state === this.#snapshot.connection) return;
        this.#set({ connection: event.state });
        if (event.state !== "online") return;
        this.#catchUp();
        this.#readOpenRooms();
        return;
      case "rooms":
        this.#hearRooms(event.rooms);
        return;
      case "troubles":
        this.#set({ troubles: event.troubles });
        return;
      case "room":
        this.#told.set(event.room.roomId, this.#toldOf(event.room.roomId) + 1);
        this.#setView(event.room.roomId, event.room);
        return;
      case "restored":
        if (this.#open.has(event.roomId)) void this.#readNewest(event.roomId);
        return;
      case "timeline":
        if (this.#open.has(event.roomId)) {
          this.#setTimeline(event.roomId, (timeline) =>
            shortened({ ...timeline, items: applyChange(timeline.items, event.upsert, event.remove) }),
          );
        }
    }
  }

  #hearRooms(rooms: readonly RoomState[]): void {
    const unread = (list: readonly RoomState[] | undefined, roomId: string) => unreadOf(list, roomId) > 0;
    const before = this.#snapshot.rooms;
    this.#set({ rooms });
    for (const [roomId, { visible }] of this.#gazes) {
      if (visible || !unread(before, roomId) || unread(rooms, roomId)) continue;
      this.#setTimeline(roomId, ({ reading, ...timeline }) => ({
        ...timeline,
        reading: reading && readElsewhere(reading),
      }));
    }
  }

  #catchUp(): void {
    this.#lateBefore = Date.now();
    clearTimeout(this.#caughtUp);
    this.#caughtUp = setTimeout(() => {
      this.#lateBefore = undefined;
      for (const roomId of this.#gazes.keys()) this.#setTimeline(roomId, (timeline) => timeline);
    }, catchUpMs);
  }

  /** `canLoad`: false when older lines could not be had. */
  #beginReading(roomId: string, canLoad = true): void {
    const timeline = this.#snapshot.timelines.get(roomId);
    const { rooms } = this.#snapshot;
    if (timeline === undefined || timeline.reading !== undefined) return;
    if (rooms === undefined || !this.#gazes.has(roomId) || timeline.loadingEarlier) return;
    const reading = openReading(timeline.items, unreadOf(rooms, roomId), timeline.more && canLoad);
    if (reading === undefined) void this.loadEarlier(roomId);
    else this.#setTimeline(roomId, (current) => ({ ...current, reading }));
  }

  #readOpenRooms(): void {
    for (const roomId of this.#open) void this.#readRoom(this.calls, roomId);
  }

  async #readRooms(connection: EngineConnection): Promise<void> {
    const rooms = await connection.rooms();
    if (this.#connection !== connection) return;
    this.#set(rooms.ok ? { rooms: rooms.value, failure: undefined } : { failure: rooms.error });
    for (const roomId of this.#gazes.keys()) this.#beginReading(roomId);
  }

  async #readRoom(connection: EngineConnection, roomId: string): Promise<void> {
    const told = this.#toldOf(roomId);
    const [view, page] = await Promise.all([connection.room(roomId), connection.earlier(roomId, undefined)]);
    if (this.#connection !== connection) return;
    // What was told meanwhile stands.
    const isNews = this.#toldOf(roomId) === told;
    if (view.ok && isNews) this.#setView(roomId, view.value);
    else if (!view.ok && view.error.code !== "NOT_FOUND") this.#set({ failure: view.error });
    else if (!view.ok && isNews) this.#setView(roomId, null);
    if (page.ok) {
      this.#setTimeline(roomId, (timeline) => {
        const { items, replaced } = applyNewestPage(timeline.items, page.value);
        return { ...timeline, items, more: page.value.more && (replaced || timeline.more) };
      });
      this.#beginReading(roomId);
    }
  }

  /** Lines came in among those that are shown, or before them: what is older than the newest page is asked for again. */
  async #readNewest(roomId: string): Promise<void> {
    const page = await this.calls.earlier(roomId, undefined);
    if (!page.ok) return;
    this.#setTimeline(roomId, (timeline) => {
      const items = applyChange(sinceOldest(timeline.items, page.value.items), page.value.items, []);
      return { ...timeline, items, more: page.value.more };
    });
  }

  #toldOf(roomId: string): number {
    return this.#told.get(roomId) ?? 0;
  }

  #setView(roomId: string, view: RoomView | null): void {
    this.#set({ views: new Map(this.#snapshot.views).set(roomId, view) });
  }

  #setTimeline(roomId: string, change: (timeline: OpenTimeline) => OpenTimeline): void {
    const timeline = this.#snapshot.timelines.get(roomId) ?? emptyTimeline;
    const changed = this.#read(roomId, change(timeline));
    if (changed !== timeline) this.#set({ timelines: new Map(this.#snapshot.timelines).set(roomId, changed) });
  }

  #read(roomId: string, timeline: OpenTimeline): OpenTimeline {
    const gaze = this.#gazes.get(roomId);
    if (gaze === undefined || timeline.reading === undefined) return timeline;
    const reading = readOn(timeline.reading, timeline.items, { ...gaze, lateBefore: this.#lateBefore });
    return reading === timeline.reading ? timeline : { ...timeline, reading };
  }

  #set(change: Partial<EngineSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
