/** What a client knows of revoked devices: asked for many at once, kept for good, believed by the account's signature only. */

import type { Outcome } from "@/lib/client/engine/ports";
import { deviceKey, revokedKey } from "@/lib/client/engine/records";
import { Revocations } from "@/lib/client/engine/revocations";
import { MemoryStore } from "@/lib/client/store/memory-store";
import { makeRevocation } from "@/lib/crypto/account/revocation";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import { revocationsMax } from "@/lib/protocol/limits";

import { now, World } from "../support/mls";

const world = new World();
let device: DeviceIdentity;
let other: DeviceIdentity;
let word: Uint8Array;

beforeAll(async () => {
  device = await world.device("alice");
  other = await world.device("bob");
  word = await makeRevocation({ ...(await world.account("alice")) }, { deviceId: device.deviceId, now });
});

const busy: Outcome<never> = { ok: false, error: { code: "TOO_MANY_REQUESTS", retryAfterMs: 700 } };

/** A directory that answers what it holds, and a clock that the test moves. */
function made(store = new MemoryStore()) {
  const asked: (readonly string[])[] = [];
  const timers: { readonly delayMs: number; readonly task: () => void }[] = [];
  const state = {
    held: [word] as readonly Uint8Array[],
    failure: undefined as Outcome<never> | undefined,
    isMet: true,
    /** Requests that are answered; later ones find the server busy. */
    answers: Infinity,
    news: 0,
  };
  const revocations = new Revocations({
    store,
    transport: {
      revocations(deviceIds) {
        asked.push(deviceIds);
        if (asked.length > state.answers) return Promise.resolve(busy);
        return Promise.resolve(state.failure ?? { ok: true, value: state.held });
      },
    },
    clock: {
      now: () => now.getTime(),
      schedule(delayMs, task) {
        const timer = { delayMs, task };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    anchors: world.anchors,
    isMet: () => state.isMet,
    changed: () => (state.news += 1),
  });
  const tick = async () => {
    for (const { task } of timers.splice(0)) task();
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  return { revocations, asked, timers, state, tick, store };
}

test("ENG-32 devices that are met together are one look-up, in pages, and asked about once in a connection", async () => {
  const { revocations, asked, state, tick } = made();
  const many = Array.from({ length: revocationsMax }, (_, index) => ({
    accountId: other.accountId,
    deviceId: index.toString(16).padStart(32, "0"),
  }));
  revocations.want(many);
  revocations.want([device, device]);
  await tick();
  expect(asked.map(({ length }) => length)).toEqual([revocationsMax, 1]);
  expect(revocations.of(deviceKey(device))).toEqual(word);
  expect([state.news, revocations.version]).toEqual([1, 1]);
  revocations.want([...many, device]);
  await tick();
  expect(asked).toHaveLength(2);
  revocations.again();
  revocations.want([other]);
  await tick();
  expect(asked[2]).toEqual([other.deviceId]);
});

test("ENG-32 REV-03 what is known is kept over restarts, and not asked for again", async () => {
  const { revocations, store } = made();
  await revocations.ask([device]);
  const again = made(store);
  await again.revocations.load();
  expect(again.revocations.of(deviceKey(device))).toEqual(word);
  await again.revocations.ask([device]);
  expect(again.asked).toEqual([]);
});

test("ENG-32 REV-02 nothing unsigned, unasked or of nobody here is kept", async () => {
  const { revocations, state, store } = made();
  const spoiled = word.slice();
  spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
  state.held = [spoiled, new Uint8Array(5)];
  expect(await revocations.ask([device])).toEqual({ ok: true, value: null });
  await revocations.hear(spoiled);
  // Genuine, but not what was asked about.
  state.held = [word];
  await revocations.ask([other]);
  state.isMet = false;
  await revocations.hear(word);
  expect([revocations.of(deviceKey(device)), await store.keys("revoked/"), state.news]).toEqual([undefined, [], 0]);
  state.isMet = true;
  await revocations.hear(word);
  expect(await store.keys("revoked/")).toEqual([revokedKey(deviceKey(device))]);
});

test("ENG-32 a page that was answered is not asked for again when a later one was not", async () => {
  const { revocations, asked, state, tick } = made();
  const many = Array.from({ length: revocationsMax }, (_, index) => ({
    accountId: other.accountId,
    deviceId: index.toString(16).padStart(32, "0"),
  }));
  state.answers = 1;
  revocations.want([...many, device]);
  await tick();
  state.answers = Infinity;
  await tick();
  expect(asked.map(({ length }) => length)).toEqual([revocationsMax, 1, 1]);
  expect(revocations.of(deviceKey(device))).toEqual(word);
});

test("ENG-32 a server that is busy is asked again when it says, one out of reach at the next connection", async () => {
  const { revocations, asked, timers, state, tick } = made();
  state.failure = busy;
  revocations.want([device]);
  await tick();
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([700]);
  state.failure = { ok: false, error: { code: "OFFLINE" } };
  await tick();
  expect([asked.length, timers.length]).toEqual([2, 0]);
  state.failure = undefined;
  revocations.again();
  revocations.want([device]);
  await tick();
  expect(revocations.of(deviceKey(device))).toEqual(word);
});
