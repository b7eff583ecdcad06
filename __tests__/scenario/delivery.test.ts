/** The delivery service over real sockets and real SQLite: one order, durable, without senders. */

import { execFileSync } from "node:child_process";

import { randomBytes } from "@/lib/crypto/random";
import { backlogPageEvents, backlogPageMaxBytes, eventMaxBytes, groupInfoCandidates } from "@/lib/protocol/limits";
import { roomListAnswer } from "@/lib/protocol/schemas/http";
import type { Answer, RoomEvent } from "@/lib/protocol/schemas/socket";
import type { RoomId } from "@/lib/protocol/ids";

import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { groupInfoOf, newEventId, newRoomId, privateMessage } from "../support/events";
import { until } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";
import { provenSocket, type RawSocket } from "../support/sockets";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
let roomCount = 0;
const open: RawSocket[] = [];

beforeAll(async () => {
  server = await startTestServer();
  alice = await makeTestAccount(server.url, "alice");
  bob = await makeTestAccount(server.url, "bob");
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});
afterAll(() => server.close());

async function connect(who: TestAccount): Promise<RawSocket> {
  const socket = await provenSocket(server.url, who);
  open.push(socket);
  return socket;
}

/** A new room that both have entered. */
async function twoInRoom(): Promise<{ a: RawSocket; b: RawSocket; roomId: RoomId }> {
  const [a, b] = [await connect(alice), await connect(bob)];
  const roomId = newRoomId();
  await a.get("room:create", { id: roomId, kind: "open", name: `Room ${String(++roomCount)}` });
  await a.get("room:enter", { roomId });
  await b.get("room:enter", { roomId });
  return { a, b, roomId };
}

type Submitted = Answer<"event:submit">;
const submit = (
  socket: RawSocket,
  roomId: RoomId,
  payload = privateMessage(roomId),
  id = newEventId(),
  groupInfo?: Uint8Array,
) => socket.get<Submitted>("event:submit", { roomId, id, payload, groupInfo });

async function backlog(socket: RawSocket, roomId: RoomId, limit = backlogPageEvents): Promise<RoomEvent[]> {
  const events: RoomEvent[] = [];
  for (;;) {
    const page = await socket.get<Answer<"events:fetch">>("events:fetch", {
      roomId,
      after: events.at(-1)?.seq ?? 0,
      limit,
    });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    events.push(...page.events);
    if (page.events.length === 0) {
      expect(events.at(-1)?.seq ?? 0).toBe(page.head);
      return events;
    }
  }
}

test("DS-01 DS-05 many senders at once: one order without holes, the same live and in the backlog", async () => {
  const { a, b, roomId } = await twoInRoom();
  const sent = Array.from({ length: 100 }, () => newEventId());
  const answers = await Promise.all(
    sent.map((id, index) => submit(index % 2 === 0 ? a : b, roomId, privateMessage(roomId), id)),
  );
  expect(answers.map(({ seq }) => seq).sort((x, y) => x - y)).toEqual(sent.map((_, index) => index + 1));
  // Each sender's own submissions keep their order.
  const bySeq = new Map(answers.map(({ seq }, index) => [seq, sent[index]]));
  for (const parity of [0, 1]) {
    const seqs = answers.filter((_, index) => index % 2 === parity).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((x, y) => x - y));
  }
  await until(() => a.live.length === 100 && b.live.length === 100, "live events");
  const stored = await backlog(b, roomId, 7);
  expect(stored.map(({ seq, id }) => [seq, id])).toEqual([...bySeq].sort(([x], [y]) => x - y));
  expect(a.live.map(({ event }) => event)).toEqual(stored);
  expect(b.live.map(({ event }) => event)).toEqual(stored);
});

test("DS-03 a retry gets the first answer and is delivered once; other bytes get ID_REUSED", async () => {
  const { a, b, roomId } = await twoInRoom();
  const id = newEventId();
  const payload = privateMessage(roomId);
  const answers = await Promise.all(Array.from({ length: 10 }, () => submit(a, roomId, payload, id)));
  expect(new Set(answers.map(({ seq, at }) => `${String(seq)} ${String(at)}`)).size).toBe(1);
  expect(await submit(b, roomId, payload, id)).toEqual(answers[0]);
  expect(await a.code("event:submit", { roomId, id, payload: privateMessage(roomId) })).toBe("ID_REUSED");
  await submit(a, roomId);
  await until(() => b.live.length >= 2, "live events");
  expect(b.live).toHaveLength(2);
  expect(await backlog(a, roomId)).toHaveLength(2);
});

test("DS-03 the same id in another room is another event", async () => {
  const [first, second] = [await twoInRoom(), await twoInRoom()];
  const id = newEventId();
  await submit(first.a, first.roomId, undefined, id);
  await submit(second.a, second.roomId, undefined, id);
  expect(await backlog(second.a, second.roomId)).toHaveLength(1);
});

test("DS-04 what no member of the room could make sense of is refused and leaves no seq behind", async () => {
  const { a, roomId } = await twoInRoom();
  const info = await groupInfoOf(alice.identity, roomId);
  const other = newRoomId();
  const bad: Record<string, Uint8Array> = {
    rubbish: randomBytes(100),
    "another room's": privateMessage(other),
    "a proposal": privateMessage(roomId, "proposal"),
    "a later GroupInfo": await groupInfoOf(alice.identity, roomId, 1),
    "trailing bytes": Uint8Array.of(...privateMessage(roomId), 0),
    "an epoch out of reach": privateMessage(roomId, "application", 2n ** 40n),
    "a KeyPackage": (await server.services.database.reader.keyPackage.findFirstOrThrow()).bytes,
  };
  for (const [what, payload] of Object.entries(bad)) {
    expect([what, await a.code("event:submit", { roomId, id: newEventId(), payload })]).toEqual([what, "BAD_EVENT"]);
  }
  const withInfo = (payload: Uint8Array, groupInfo: Uint8Array) =>
    a.code("event:submit", { roomId, id: newEventId(), payload, groupInfo });
  expect(await withInfo(privateMessage(roomId), info)).toBe("BAD_EVENT");
  expect(await withInfo(info, info)).toBe("BAD_EVENT");
  expect(await withInfo(privateMessage(roomId, "commit", 0), info)).toBe("BAD_EVENT");
  expect(await withInfo(privateMessage(roomId, "commit", 0), await groupInfoOf(alice.identity, other, 1))).toBe(
    "BAD_EVENT",
  );
  expect(await submit(a, roomId)).toMatchObject({ seq: 1 });
});

test("DS-04 rival commits and genesis events of one epoch are all ordered: members decide", async () => {
  const { a, b, roomId } = await twoInRoom();
  const genesis = [await groupInfoOf(alice.identity, roomId), await groupInfoOf(bob.identity, roomId)];
  await Promise.all([submit(a, roomId, genesis[0]), submit(b, roomId, genesis[1])]);
  const commits = [privateMessage(roomId, "commit", 0), privateMessage(roomId, "commit", 0)];
  await Promise.all([submit(a, roomId, commits[0]), submit(b, roomId, commits[1])]);
  expect(await backlog(a, roomId)).toHaveLength(4);
});

test("DS-05 a page is bounded in bytes, and never empty while there is more", async () => {
  const { a, roomId } = await twoInRoom();
  const large = eventMaxBytes - 200;
  for (let count = 0; count < 9; count++) await submit(a, roomId, privateMessage(roomId, "application", 0, large));
  const fits = Math.floor(backlogPageMaxBytes / large);
  const { events } = await a.get<Answer<"events:fetch">>("events:fetch", {
    roomId,
    after: 0,
    limit: backlogPageEvents,
  });
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: fits }, (_, index) => index + 1));
  expect(await backlog(a, roomId)).toHaveLength(9);
});

test("DS-02 DS-09 what is acknowledged is on disk: another process reads it at once, and a restart keeps it", async () => {
  const { a, roomId } = await twoInRoom();
  const id = newEventId();
  const { seq } = await submit(a, roomId, undefined, id);
  const script = `
    const Database = require("better-sqlite3");
    const db = new Database(process.argv[1], { readonly: true });
    process.stdout.write(String(db.prepare('SELECT seq FROM Event WHERE roomId = ? AND id = ?').get(process.argv[2], process.argv[3])?.seq));`;
  const file = server.services.env.databaseFile;
  expect(execFileSync(process.execPath, ["-e", script, file, roomId, id], { encoding: "utf8" })).toBe(String(seq));

  const before = await backlog(a, roomId);
  await server.restart();
  const again = await connect(alice);
  await again.get("room:enter", { roomId });
  expect(await backlog(again, roomId)).toEqual(before);
  expect(await submit(again, roomId)).toMatchObject({ seq: seq + 1 });
  const { rooms } = roomListAnswer.parse((await call(server.url, "/rooms")).body);
  expect(rooms.filter(({ name }) => name === "General")).toHaveLength(1);
});

test("DS-02 the database flushes at every commit", async () => {
  const { database } = server.services;
  const pragma = async (name: string) =>
    await database.write(async (transaction) => {
      const [row] = await transaction.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`);
      return String(Object.values(row ?? {})[0]);
    });
  expect([await pragma("journal_mode"), await pragma("synchronous"), await pragma("foreign_keys")]).toEqual([
    "wal",
    "2",
    "1",
  ]);
});

test("DS-06 no sender is stored with an event", async () => {
  const { a, roomId } = await twoInRoom();
  await submit(a, roomId);
  const columns =
    await server.services.database.reader.$queryRawUnsafe<{ name: string }[]>("PRAGMA table_info('Event')");
  expect(columns.map(({ name }) => name).sort()).toEqual([
    "at",
    "epoch",
    "id",
    "kind",
    "payload",
    "roomId",
    "seq",
    "size",
  ]);
  const rows = await server.services.database.reader.event.findMany({ where: { roomId } });
  const text = JSON.stringify(rows.map((row) => ({ ...row, payload: Buffer.from(row.payload).toString("latin1") })));
  for (const trace of [alice.identity.accountId, alice.identity.deviceId, "alice"]) expect(text).not.toContain(trace);
});

describe("DS-07 GroupInfos", () => {
  const candidates = async (socket: RawSocket, roomId: RoomId) =>
    (await socket.get<Answer<"room:group-info">>("room:group-info", { roomId })).candidates;

  test("a genesis is its own; commits bring theirs; while nobody attests the first and the newest are kept, newest first", async () => {
    const { a, roomId } = await twoInRoom();
    const genesis = await groupInfoOf(alice.identity, roomId);
    await submit(a, roomId, genesis);
    expect((await candidates(a, roomId)).map(({ seq, epoch, groupInfo }) => [seq, epoch, groupInfo])).toEqual([
      [1, 0, genesis],
    ]);
    for (let epoch = 1; epoch <= 6; epoch++) {
      const groupInfo = await groupInfoOf(alice.identity, roomId, epoch);
      await submit(a, roomId, privateMessage(roomId, "commit", epoch - 1), newEventId(), groupInfo);
    }
    const kept = await candidates(a, roomId);
    expect(kept.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [7, 6],
      [6, 5],
      [5, 4],
      [4, 3],
      [3, 2],
      [1, 0],
    ]);
    expect(kept).toHaveLength(groupInfoCandidates);
    for (const limit of [0, 1]) {
      const { candidates: few } = await a.get<Answer<"room:group-info">>("room:group-info", { roomId, limit });
      expect(few).toEqual(kept.slice(0, limit));
    }
  });

  test("ENG-05 of many geneses the first one stays until somebody attests, so that all can join it", async () => {
    const { a, b, roomId } = await twoInRoom();
    for (let count = 0; count < 10; count++) {
      await submit(count % 2 === 0 ? a : b, roomId, await groupInfoOf(alice.identity, roomId));
    }
    expect((await candidates(a, roomId)).map(({ seq }) => seq)).toEqual([10, 9, 8, 7, 6, 1]);
  });

  test("S35 a flood of false ones does not push out the one that accounts attest", async () => {
    const { a, b, roomId } = await twoInRoom();
    await submit(a, roomId, await groupInfoOf(alice.identity, roomId));
    for (const socket of [a, b]) {
      expect(await socket.get("room:attest", { roomId, seq: 1, epoch: 0 })).toEqual({ wanted: false });
    }
    for (let count = 0; count < 10; count++) {
      await submit(
        b,
        roomId,
        privateMessage(roomId, "commit", 0),
        newEventId(),
        await groupInfoOf(bob.identity, roomId, 1),
      );
    }
    const kept = await candidates(a, roomId);
    expect(kept.map(({ seq, attestations }) => [seq, attestations])).toEqual([
      [1, 2],
      [11, 0],
      [10, 0],
      [9, 0],
      [8, 0],
      [7, 0],
    ]);
  });

  test("the newest attested ones stay as well: most attesters may be asleep", async () => {
    const { a, b, roomId } = await twoInRoom();
    await submit(a, roomId, await groupInfoOf(alice.identity, roomId));
    await b.get("room:attest", { roomId, seq: 1, epoch: 0 });
    const brought = await groupInfoOf(alice.identity, roomId, 1);
    await submit(a, roomId, privateMessage(roomId, "commit", 0), newEventId(), brought);
    await a.get("room:attest", { roomId, seq: 2, epoch: 1 });
    for (let count = 0; count < 10; count++) {
      const info = await groupInfoOf(bob.identity, roomId, 1);
      await submit(b, roomId, privateMessage(roomId, "commit", 0), newEventId(), info);
    }
    expect((await candidates(a, roomId)).map(({ seq }) => seq).slice(0, 2)).toEqual([2, 1]);
  });

  test("an account's word counts once, its last one; a missing GroupInfo is asked for", async () => {
    const { a, b, roomId } = await twoInRoom();
    await submit(a, roomId, await groupInfoOf(alice.identity, roomId));
    await submit(a, roomId, privateMessage(roomId, "commit", 0));
    expect(await a.get("room:attest", { roomId, seq: 1, epoch: 0 })).toEqual({ wanted: false });
    expect(await a.get("room:attest", { roomId, seq: 2, epoch: 1 })).toEqual({ wanted: true });
    const groupInfo = await groupInfoOf(alice.identity, roomId, 1);
    expect(await a.get("room:attest", { roomId, seq: 2, epoch: 1, groupInfo })).toEqual({ wanted: false });
    expect(await b.get("room:attest", { roomId, seq: 2, epoch: 1 })).toEqual({ wanted: false });
    expect((await candidates(a, roomId)).map(({ seq, attestations }) => [seq, attestations])).toEqual([
      [2, 2],
      [1, 0],
    ]);
  });

  test("attestations of what made no such epoch are refused", async () => {
    const { a, roomId } = await twoInRoom();
    const genesis = await groupInfoOf(alice.identity, roomId);
    await submit(a, roomId, genesis);
    await submit(a, roomId);
    const attest = (seq: number, epoch: number, groupInfo?: Uint8Array) =>
      a.code("room:attest", { roomId, seq, epoch, groupInfo });
    expect(await attest(1, 1)).toBe("BAD_EVENT");
    expect(await attest(2, 0)).toBe("BAD_EVENT");
    expect(await attest(3, 0)).toBe("BAD_EVENT");
    expect(await attest(1, 0, await groupInfoOf(alice.identity, roomId, 1))).toBe("BAD_EVENT");
    expect(await attest(1, 0, await groupInfoOf(alice.identity, newRoomId()))).toBe("BAD_EVENT");
    expect(await attest(1, 0, genesis)).toBe("ok");
  });
});

describe("DS-08 rooms", () => {
  test("a retry with the same id and name gets the same room; names that look alike are one", async () => {
    const a = await connect(alice);
    const room = { id: newRoomId(), kind: "open", name: "Tea Time" };
    const made = await a.get("room:create", room);
    expect(await a.get("room:create", room)).toEqual(made);
    expect(await a.code("room:create", { id: newRoomId(), kind: "open", name: "tea  TIME" })).toBe("ROOM_NAME_TAKEN");
    expect(await a.code("room:create", { id: newRoomId(), kind: "open", name: "general" })).toBe("ROOM_NAME_TAKEN");
    expect(await a.code("room:create", { ...room, name: "Coffee" })).toBe("ID_REUSED");
    expect(await a.code("room:enter", { roomId: newRoomId() })).toBe("NOT_FOUND");
  });

  test("of many who create one name at once, one does", async () => {
    const a = await connect(alice);
    const codes = await Promise.all(
      Array.from({ length: 8 }, () => a.code("room:create", { id: newRoomId(), kind: "open", name: "Once" })),
    );
    expect(codes.sort()).toEqual([...Array.from({ length: 7 }, () => "ROOM_NAME_TAKEN"), "ok"]);
  });
});

test("SOCK-07 who left gets nothing any more, on none of the device's sockets", async () => {
  const { a, b, roomId } = await twoInRoom();
  const second = await connect(bob);
  await second.get("room:enter", { roomId });
  await b.get("room:leave", { roomId });
  await submit(a, roomId);
  await until(() => a.live.length === 1, "own live event");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([b.live, second.live]).toEqual([[], []]);
  for (const socket of [b, second])
    expect(await socket.code("events:fetch", { roomId, after: 0, limit: 1 })).toBe("NOT_FOUND");
});

test("DS-10 DS-07 a goodbye is told with the GroupInfos, and whoever has left has no word in which epoch counts", async () => {
  const { a, b, roomId } = await twoInRoom();
  const { seq } = await submit(a, roomId, await groupInfoOf(alice.identity, roomId));
  await a.get("room:attest", { roomId, seq, epoch: 0 });
  await b.get("room:attest", { roomId, seq, epoch: 0 });
  const goodbye = { leafIndex: 3, signature: randomBytes(64) };
  await b.get("room:leave", { roomId, goodbye });
  const told = await a.get<Answer<"room:group-info">>("room:group-info", { roomId });
  expect(told.goodbyes).toEqual([goodbye]);
  expect(told.candidates.map(({ attestations }) => attestations)).toEqual([1]);
});
