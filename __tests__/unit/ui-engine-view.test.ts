/** The page's copy of what the engine shows: order, one line per own message, no holes, no worker without a reader. */

import { EngineView } from "@/lib/client/react/engine-view";
import { deviceName } from "@/lib/client/react/device-name";
import { applyChange, applyNewestPage, oldestKey, rowKey } from "@/lib/client/react/timeline";
import type { EngineConnection, EngineEvent, TimelineItem } from "@/lib/client/worker/api";

type MessageItem = Extract<TimelineItem, { kind: "message" }>;
const roomId = "0123456789abcdef0123456789abcdef";
const author = { username: "alice", accountId: "a".repeat(64), keyChanged: false };

function message(key: string, change: Partial<MessageItem> = {}): MessageItem {
  return {
    kind: "message",
    key,
    at: 0,
    messageId: `m${key}`,
    author,
    own: false,
    text: key,
    state: "received",
    ...change,
  };
}

const keys = (items: readonly TimelineItem[]) => items.map((item) => item.key);

test("UI-40 changes keep the order, and an own message stays one row when it gets its place", () => {
  const waiting = message("~1", { own: true, messageId: "mine", state: "sending" });
  const before = applyChange([message("1"), message("3")], [waiting, message("2")], []);
  expect(keys(before)).toEqual(["1", "2", "3", "~1"]);
  const sent = message("4", { own: true, messageId: "mine", state: "sent" });
  // Even when the worker tells the new line before it takes the old one back.
  const after = applyChange(before, [sent], []);
  expect(keys(after)).toEqual(["1", "2", "3", "4"]);
  expect(rowKey(sent)).toBe(rowKey(waiting));
});

test("UI-41 another member cannot displace an own line by using its message id", () => {
  const own = message("1", { own: true, messageId: "same", state: "sent" });
  const forged = message("2", { messageId: "same" });
  expect(keys(applyChange([own], [forged], []))).toEqual(["1", "2"]);
  expect(rowKey(own)).not.toBe(rowKey(forged));
});

test("UI-42 a page that does not touch what is held replaces it, so no hole is shown as a conversation", () => {
  const held = [message("1"), message("2")];
  expect(applyNewestPage(held, { items: [message("5"), message("6")], more: true })).toEqual({
    items: [message("5"), message("6")],
    replaced: true,
  });
  expect(keys(applyNewestPage(held, { items: [message("2"), message("3")], more: true }).items)).toEqual([
    "1",
    "2",
    "3",
  ]);
});

test("UI-43 a waiting line that is no longer told of is gone after reading again", () => {
  const waiting = message("~1", { own: true, messageId: "mine", state: "sending" });
  const sent = message("3", { own: true, messageId: "mine", state: "sent" });
  expect(keys(applyNewestPage([message("2"), waiting], { items: [message("2"), sent], more: true }).items)).toEqual([
    "2",
    "3",
  ]);
  const other = message("~2", { own: true, messageId: "other", state: "queued" });
  expect(keys(applyNewestPage([message("2"), other], { items: [message("2")], more: true }).items)).toEqual(["2"]);
});

test("UI-44 earlier lines are asked for before the oldest that has a place", () => {
  expect(oldestKey([message("~1", { own: true, state: "queued" })])).toBeUndefined();
  expect(oldestKey([message("7"), message("8")])).toBe("7");
});

function fakeConnection(pages: Record<string, TimelineItem[]> = {}) {
  const listeners = new Set<(event: EngineEvent) => void>();
  const state = { closed: false, asked: [] as (string | undefined)[] };
  const unused = () => Promise.reject(new Error("not part of this test"));
  const connection: EngineConnection = {
    createRoom: unused,
    join: unused,
    leave: unused,
    leaveEverywhere: unused,
    send: unused,
    retry: unused,
    discard: unused,
    markRead: unused,
    settleAlarm: unused,
    identityChanged: unused,
    health: unused,
    archive: unused,
    turnArchive: unused,
    beginArchiveAnew: unused,
    exportHistory: unused,
    importHistory: unused,
    verification: unused,
    scanSafetyCode: unused,
    decideVerification: unused,
    trusts: unused,
    keyLog: unused,
    keyLogEvidence: unused,
    settleLogAlarm: unused,
    knowDevices: unused,
    knowRemovals: unused,
    beginLogAnew: unused,
    acceptUnlogged: unused,
    takeBackUnlogged: unused,
    setAside: unused,
    signOut: unused,
    createPrivateRoom: unused,
    openDirect: unused,
    invite: unused,
    acceptInvite: unused,
    declineInvite: unused,
    createLink: unused,
    revokeLink: unused,
    joinByLink: unused,
    changeRoom: unused,
    setRole: unused,
    removeMember: unused,
    unban: unused,
    closeRoom: unused,
    setBlocked: unused,
    blocked: unused,
    setMuted: unused,
    setFavourite: unused,
    report: unused,
    rooms: () => Promise.resolve({ ok: true, value: [] }),
    room: () => Promise.resolve({ ok: false, error: { code: "NOT_FOUND" } }),
    earlier: (_, before) => {
      state.asked.push(before);
      return Promise.resolve({
        ok: true,
        value: { items: pages[before ?? "newest"] ?? [], more: before === undefined },
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      state.closed = true;
    },
  };
  const tell = (event: EngineEvent) => {
    for (const listener of listeners) listener(event);
  };
  return { connection, state, tell };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("UI-45 the worker runs while anybody reads, survives a re-subscription, and ends after the last reader", async () => {
  const { connection, state } = fakeConnection();
  let started = 0;
  const view = new EngineView(() => {
    started += 1;
    return connection;
  });
  expect(started).toBe(0);
  const leave = view.subscribe(() => undefined);
  leave();
  const leaveAgain = view.subscribe(() => undefined);
  await turn();
  expect({ started, closed: state.closed }).toEqual({ started: 1, closed: false });
  leaveAgain();
  await turn();
  expect(state.closed).toBe(true);
});

test("UI-46 a room that is followed shows its newest page, then events, then what came before", async () => {
  const { connection, state, tell } = fakeConnection({ newest: [message("5"), message("6")], "5": [message("4")] });
  const view = new EngineView(() => connection);
  view.subscribe(() => undefined);
  view.openRoom(roomId);
  await turn();
  expect(view.snapshot().views.get(roomId)).toBeNull();
  tell({ type: "timeline", roomId, upsert: [message("7")], remove: [] });
  tell({ type: "timeline", roomId: "f".repeat(32), upsert: [message("9")], remove: [] });
  await view.loadEarlier(roomId);
  expect(keys(view.snapshot().timelines.get(roomId)?.items ?? [])).toEqual(["4", "5", "6", "7"]);
  expect(view.snapshot().timelines.get(roomId)?.more).toBe(false);
  expect(view.snapshot().timelines.size).toBe(1);
  expect(state.asked).toEqual([undefined, "5"]);
});

test("UI-46 when a history comes in, the newest page is what it is now, and no hole is hidden", async () => {
  const pages = { newest: [message("5"), message("6")], "5": [message("4")] };
  const { connection, tell } = fakeConnection(pages);
  const view = new EngineView(() => connection);
  view.subscribe(() => undefined);
  view.openRoom(roomId);
  await turn();
  await view.loadEarlier(roomId);
  pages.newest = [message("4b"), message("5"), message("6")];
  tell({ type: "restored", roomId });
  tell({ type: "timeline", roomId, upsert: [message("7")], remove: [] });
  await turn();
  const timeline = view.snapshot().timelines.get(roomId);
  // What was before the page is asked for again: something may have come between.
  expect(keys(timeline?.items ?? [])).toEqual(["4b", "5", "6", "7"]);
  expect(timeline?.more).toBe(true);
});

test("UI-47 open rooms are read again after a reconnect, once per change of state", async () => {
  const { connection, state, tell } = fakeConnection();
  const view = new EngineView(() => connection);
  view.subscribe(() => undefined);
  view.openRoom(roomId);
  await turn();
  tell({ type: "connection", state: "online" });
  tell({ type: "connection", state: "online" });
  await turn();
  expect(state.asked).toHaveLength(2);
});

test("UI-48 why the engine cannot run is known to the page", async () => {
  const { connection } = fakeConnection();
  const view = new EngineView(() => ({
    ...connection,
    rooms: () => Promise.resolve({ ok: false, error: { code: "NO_DEVICE" } } as const),
  }));
  view.subscribe(() => undefined);
  await turn();
  expect(view.snapshot().failure).toEqual({ code: "NO_DEVICE" });
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
    "Edge on Windows",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Safari/604.1",
    "Safari on iPhone",
  ],
  ["", "Browser"],
])("UI-49 a device is named by browser and system only: %s", (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

test("UI-58 an answer that is older than what was told does not take it back", async () => {
  const { connection, tell } = fakeConnection();
  let answer: (result: Awaited<ReturnType<EngineConnection["room"]>>) => void = () => undefined;
  const room: EngineConnection["room"] = () => new Promise((resolve) => (answer = resolve));
  const slow = { ...connection, room };
  const view = new EngineView(() => slow);
  const stop = view.subscribe(() => undefined);
  view.openRoom(roomId);
  const joined = { roomId, membership: "joined" } as Extract<EngineEvent, { type: "room" }>["room"];
  tell({ type: "room", room: joined });
  answer({ ok: true, value: { ...joined, membership: "joining" } });
  await turn();
  expect(view.snapshot().views.get(roomId)?.membership).toBe("joined");
  stop();
});
