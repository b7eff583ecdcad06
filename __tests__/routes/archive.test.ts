/** The archive over proven sockets: archive:state, archive:fetch, archive:put, archive:clear. */

import { archiveMaxBytes, archivePaddingBytes, archiveSealedMaxBytes } from "@/lib/protocol/limits";
import type { Answer } from "@/lib/protocol/schemas/socket";

import { call, makeTestAccount, type TestAccount } from "../support/accounts";
import { Connections } from "../support/private-rooms";
import { startTestServer, type TestServer } from "../support/server";
import type { RawSocket } from "../support/sockets";

jest.setTimeout(120_000);

let server: TestServer;
let alice: TestAccount;
let bob: TestAccount;
let socket: RawSocket;
const connections = new Connections(() => server);

beforeAll(async () => {
  server = await startTestServer();
  [alice, bob] = [await makeTestAccount(server.url, "alice"), await makeTestAccount(server.url, "bob")];
});
afterAll(() => server.close());
beforeEach(async () => {
  socket = await connections.connect(alice);
  await server.services.database.write((transaction) => transaction.archive.deleteMany());
});
afterEach(() => {
  connections.closeAll();
});

const chunk = (generation: number, number: number, revision: number, fill = 1, length = 100) => ({
  generation,
  number,
  revision,
  sealed: new Uint8Array(length).fill(fill),
});
const put = (one: ReturnType<typeof chunk>) => socket.ask("archive:put", one);
const state = () => socket.get<Answer<"archive:state">>("archive:state", {});
const conflict = { ok: false, error: { code: "VERSION_CONFLICT" } };
const done = { ok: true, answer: {} };

test("ARC-01 a chunk follows the newest, or is the newest written once more; every other is a conflict", async () => {
  expect(await state()).toEqual({ generation: 0, number: 0, revision: 0, bytes: 0, newestBytes: 0 });
  expect(await put(chunk(1, 2, 1))).toEqual(conflict);
  expect(await put(chunk(1, 1, 2))).toEqual(conflict);
  expect(await put(chunk(1, 1, 1))).toEqual(done);
  expect(await put(chunk(1, 1, 1))).toEqual(conflict);
  expect(await put(chunk(1, 1, 3))).toEqual(conflict);
  expect(await put(chunk(1, 1, 2, 2, 5000))).toEqual(done);
  expect(await put(chunk(1, 2, 1, 3))).toEqual(done);
  expect(await put(chunk(1, 1, 3))).toEqual(conflict);
  expect(await state()).toEqual({
    generation: 1,
    number: 2,
    revision: 1,
    bytes: 5000 + archivePaddingBytes,
    newestBytes: 100,
  });
  expect(await socket.get("archive:fetch", { generation: 1, number: 1 })).toEqual({
    revision: 2,
    sealed: Buffer.alloc(5000, 2),
  });
});

test("ARC-01 of many who write at once, one gets in", async () => {
  await put(chunk(1, 1, 1));
  const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((fill) => put(chunk(1, 2, 1, fill))));
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
});

test("ARC-02 another generation ends the one before, and none goes back", async () => {
  await put(chunk(1, 1, 1));
  await put(chunk(1, 2, 1));
  expect(await put(chunk(3, 1, 1, 9))).toEqual(done);
  expect(await state()).toMatchObject({ generation: 3, number: 1, bytes: archivePaddingBytes });
  for (const gone of [
    { generation: 1, number: 1 },
    { generation: 3, number: 2 },
  ]) {
    expect(await socket.ask("archive:fetch", gone)).toMatchObject({ ok: false, error: { code: "NOT_FOUND" } });
  }
  expect(await put(chunk(2, 1, 1))).toEqual(conflict);
  expect(await socket.ask("archive:clear", { generation: 3 })).toEqual(conflict);
  expect(await socket.ask("archive:clear", { generation: 4 })).toEqual(done);
  expect(await socket.ask("archive:clear", { generation: 4 })).toEqual(done);
  expect(await state()).toMatchObject({ generation: 4, number: 0, bytes: 0 });
  expect(await put(chunk(3, 2, 1))).toEqual(conflict);
  expect(await server.services.database.reader.archiveChunk.count()).toBe(0);
});

test("ARC-01 W15 what does not fit is refused", async () => {
  for (const wrong of [
    chunk(0, 1, 1),
    chunk(1, 0, 1),
    chunk(1, 1, 0),
    chunk(1, 1, 1.5),
    chunk(1, 1, 1, 1, 0),
    chunk(1, 1, 1, 1, archiveSealedMaxBytes + 1),
    { ...chunk(1, 1, 1), more: 1 },
  ]) {
    expect(await socket.ask("archive:put", wrong)).toMatchObject({ ok: false, error: { code: "MALFORMED" } });
  }
  expect(await state()).toMatchObject({ generation: 0 });
});

test("ARC-01 W2 nobody else's device sees or changes it", async () => {
  await put(chunk(1, 1, 1));
  const other = await connections.connect(bob);
  expect(await other.get("archive:state", {})).toMatchObject({ generation: 0, number: 0 });
  expect(await other.ask("archive:fetch", { generation: 1, number: 1 })).toMatchObject({
    ok: false,
    error: { code: "NOT_FOUND" },
  });
  await other.get("archive:clear", { generation: 5 });
  expect(await state()).toMatchObject({ generation: 1, number: 1 });
});

test("ARC-01 an account's archive is bounded, also in small pieces", async () => {
  const { archives } = server.services;
  const { accountId } = alice.identity;
  // As it stands after very many small chunks: a row each.
  await put(chunk(1, 1, 1));
  await server.services.database.write((transaction) =>
    transaction.archive.update({ where: { accountId }, data: { bytes: archiveMaxBytes - archivePaddingBytes } }),
  );
  expect(await put(chunk(1, 2, 1, 1, 1))).toEqual(done);
  expect((await archives.state(accountId)).bytes).toBe(archiveMaxBytes);
  expect(await put(chunk(1, 3, 1, 1, 1))).toMatchObject({ ok: false, error: { code: "ARCHIVE_FULL" } });
  expect(await put(chunk(1, 2, 2, 1, archivePaddingBytes))).toEqual(done);
  expect(await put(chunk(2, 1, 1))).toEqual(done);
  expect((await archives.state(accountId)).bytes).toBe(archivePaddingBytes);
});

test("ARC-01 REC-06 it goes with its account", async () => {
  const carol = await makeTestAccount(server.url, "carol");
  const hers = await connections.connect(carol);
  await hers.get("archive:put", chunk(1, 1, 1));
  await server.services.database.write(async (transaction) => {
    const { retireAccount } = await import("@/lib/server/accounts/retire");
    await retireAccount(transaction, carol.identity.accountId, "carol", null);
  });
  expect(await server.services.database.reader.archive.count()).toBe(0);
  expect(await server.services.database.reader.archiveChunk.count()).toBe(0);
  expect((await call(server.url, "/users/carol")).code).toBe("NOT_FOUND");
});
