/** What a client computes, at 10, 100 and 500 members, beside ts-mls as it comes. */

import { Bench } from "tinybench";

import { commit } from "../../lib/crypto/mls/commit";
import type { Processed } from "../../lib/crypto/mls/door";
import { encrypt } from "../../lib/crypto/mls/encrypt";
import { changedParts, decodeGroup, encodeGroup } from "../../lib/crypto/mls/group-state";
import { joinExternal } from "../../lib/crypto/mls/join-external";
import { joinWelcome } from "../../lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "../../lib/crypto/mls/key-package";
import { processEvent } from "../../lib/crypto/mls/process";
import { beside, type Row } from "../rows";
import { plainRoom, type PlainRoom } from "./plain-mls";
import { Town, type BenchRoom } from "./rooms";

export const sizes = [10, 100, 500] as const;
const now = new Date();

type Operations = Readonly<Record<keyof PlainRoom | "storeMessage", () => unknown>>;

const names: Readonly<Record<keyof PlainRoom, string>> = {
  encrypt: "encrypt a message",
  decrypt: "decrypt a message",
  add: "add a member",
  processCommit: "process that commit",
  joinWelcome: "join by Welcome",
  joinExternal: "join by external commit",
  processJoin: "process that join",
  store: "store the whole state",
  load: "load the state",
};

async function ours({ owner, reader, outside, groupInfo, anchors }: BenchRoom): Promise<Operations> {
  const text = new Uint8Array(256);
  const { message, group: moved } = await encrypt(owner.group, text);
  const [invited, joiner] = outside;
  const keyPackage = await makeKeyPackage(invited, now, false);
  const { groupId } = owner.group;
  const add = () => commit(owner.group, owner.identity, { add: [keyPackage.publicPackage], anchors, now });
  const { commit: added, welcome } = await add();
  if (welcome === undefined) throw new Error("no welcome");
  const join = () => joinExternal({ groupInfo, groupId, identity: joiner, anchors });
  const joined = await join();
  if (!joined.ok) throw new Error(joined.reason);
  const parts = encodeGroup(reader.group);
  return {
    encrypt: () => encrypt(owner.group, text),
    decrypt: () => expectKind(processEvent(reader.group, message), "application"),
    add,
    processCommit: () => expectKind(processEvent(reader.group, added), "commit"),
    joinWelcome: async () => {
      const result = await joinWelcome({ welcome, keyPackage, identity: invited, anchors, groupId });
      if (!result.ok) throw new Error(result.reason);
    },
    joinExternal: join,
    processJoin: () => expectKind(processEvent(reader.group, joined.commit), "commit"),
    store: () => encodeGroup(reader.group),
    storeMessage: () => changedParts(owner.group, moved),
    load: () => decodeGroup(parts, reader.identity),
  };
}

async function expectKind(result: Promise<Processed>, kind: Processed["kind"]): Promise<void> {
  const processed = await result;
  if (processed.kind !== kind) throw new Error(`processed as ${processed.kind}`);
}

/** Milliseconds, the median; few iterations where one takes long. */
async function timed(name: string, operation: () => unknown): Promise<number> {
  const bench = new Bench({ time: 250, iterations: 3, warmupTime: 50, warmupIterations: 1, throws: true });
  bench.add(name, async () => {
    await operation();
  });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !("latency" in result)) throw new Error(`${name} was not measured`);
  return result.latency.p50;
}

export async function functionRows(): Promise<Row[]> {
  const town = await Town.of(Math.max(...sizes));
  const rows: Row[] = [];
  for (const size of sizes) {
    const mine = await ours(await town.room(size));
    const plain = await plainRoom(size);
    for (const key of Object.keys(names) as (keyof PlainRoom)[]) {
      // One after the other: whatever else the machine does hits both.
      const value = await timed(names[key], mine[key]);
      const peer = await timed(names[key], () => plain[key]());
      const row = { group: `Client functions, ${size} members`, name: names[key], unit: "ms", value };
      rows.push(beside(row, { name: "ts-mls", value: peer }));
    }
    const whole = encodedBytes(mine.store() as ReadonlyMap<string, Uint8Array>);
    const message = encodedBytes(mine.storeMessage() as ReadonlyMap<string, Uint8Array>);
    const row = { group: `Client functions, ${size} members`, name: "bytes stored per message", unit: "bytes" };
    rows.push(beside({ ...row, value: message }, { name: "the whole state", value: whole }));
  }
  return rows;
}

function encodedBytes(parts: ReadonlyMap<string, Uint8Array | undefined>): number {
  return [...parts.values()].reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
