/** The store of a device that was revoked, when a new device takes its place. */

import {
  decodeRecord,
  encodeRecord,
  newMeta,
  pendingSchema,
  roomKeys,
  roomMetaSchema,
} from "@/lib/client/engine/records";
import { markRetired, retireMarked } from "@/lib/client/engine/retire";
import { MemoryStore } from "@/lib/client/store/memory-store";
import type { Body } from "@/lib/protocol/content";
import { messageIdSchema, roomIdSchema } from "@/lib/protocol/ids";

const roomId = roomIdSchema.parse("ab".repeat(16));
const keys = roomKeys(roomId);
const reported = {
  id: messageIdSchema.parse("09".repeat(16)),
  accountId: "a1".repeat(32),
  username: "eve",
  at: 1,
  text: "boo",
};
const bodies: readonly Body[] = [
  { kind: "text", text: "hello" },
  { kind: "confirm" },
  { kind: "report", roomId, reason: "look", messages: [reported] },
  { kind: "leave", account: true, leafIndex: 1, signature: "00".repeat(64) },
  { kind: "accept" },
  { kind: "compared", with: "a1".repeat(32), found: "match" },
];

/** A room with everything waiting, sealed by the old device. */
async function storeOf(deviceId: string) {
  const store = new MemoryStore();
  const meta = {
    ...newMeta(roomId, "Room"),
    membership: "joined" as const,
    said: { log: "a head", build: "cd".repeat(32) },
  };
  await store.write([
    { key: keys.meta, value: encodeRecord(meta) },
    ...bodies.flatMap((body, index) => {
      const messageId = messageIdSchema.parse(String(index).padStart(32, "0"));
      const sealed = { state: "sealed", eventId: "ef".repeat(16), epoch: 3, stated: { log: "a head" } };
      const entry = { order: index, messageId, n: index + 1, t: 1000, body, ...sealed };
      return [
        { key: keys.outbox(index), value: encodeRecord(entry) },
        { key: keys.ciphertext(index), value: new Uint8Array([index]) },
      ];
    }),
  ]);
  await markRetired(store, deviceId);
  return store;
}

test("DEV-06 what a person meant waits for the new device; ciphertexts and what they stated were the old one's", async () => {
  const store = await storeOf("device");
  await retireMarked(store);
  const left = (await store.list(keys.outboxPrefix)).map(({ key, value }) => decodeRecord(pendingSchema, key, value));
  expect(left.map(({ body }) => body.kind)).toEqual(["text", "report", "accept", "compared"]);
  for (const entry of left) {
    expect(entry).toMatchObject({ state: "queued", messageId: entry.messageId, t: 1000 });
    expect(Object.keys(entry).sort()).toEqual(["body", "messageId", "n", "order", "state", "t"]);
  }
  for (const index of bodies.keys()) expect(await store.get(keys.ciphertext(index))).toBeUndefined();
  const meta = await store.get(keys.meta);
  expect(decodeRecord(roomMetaSchema, keys.meta, meta ?? new Uint8Array())).toMatchObject({
    membership: "joining",
    said: {},
  });
});

test("DEV-06 without the mark nothing is touched", async () => {
  const store = await storeOf("device");
  await retireMarked(store);
  const before = await store.list("");
  await retireMarked(store);
  expect(await store.list("")).toEqual(before);
});

test("DEV-06 a row that cannot be read stays for the salvage, and keeps nothing else from being done", async () => {
  const store = await storeOf("device");
  const damaged = new Uint8Array([1, 2, 3]);
  await store.write([{ key: keys.outbox(0), value: damaged }]);
  await retireMarked(store);
  expect(await store.get(keys.outbox(0))).toEqual(damaged);
  expect((await store.list(keys.outboxPrefix)).length).toBe(4);
});
