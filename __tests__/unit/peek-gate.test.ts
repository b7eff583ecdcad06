/** What the delivery service lets into the order (DS-04). */

import { inspectEvent, inspectGroupInfo, madeEpoch } from "@/lib/server/delivery/inspect";

import { newRoomId, privateMessage } from "../support/events";
import { Room, World } from "../support/mls";
import { fromHex } from "@/lib/protocol/bytes";
import { commit } from "@/lib/crypto/mls/commit";
import { joinExternal } from "@/lib/crypto/mls/join-external";

jest.setTimeout(60_000);

const roomId = newRoomId();
const world = new World();
let room: Room;

beforeAll(async () => {
  room = await Room.of(world, ["alice"], fromHex(roomId));
});

test("messages make no epoch, a genesis makes epoch 0, commits the next", () => {
  expect(madeEpoch(inspectEvent(roomId, privateMessage(roomId, "application", 7)))).toBeUndefined();
  expect(madeEpoch(inspectEvent(roomId, room.groupInfo))).toBe(0);
  expect(madeEpoch(inspectEvent(roomId, privateMessage(roomId, "commit", 7)))).toBe(8);
});

test("real commits pass, with the GroupInfo of the epoch they make", async () => {
  const { group, identity } = room.seat(0);
  const made = await commit(group, identity, { anchors: world.anchors, now: new Date() });
  expect(madeEpoch(inspectEvent(roomId, made.commit))).toBe(1);
  inspectGroupInfo(roomId, made.groupInfo, 1);
  const joined = await joinExternal({
    groupInfo: room.groupInfo,
    groupId: group.groupId,
    identity: await world.device("bob"),
    anchors: world.anchors,
  });
  if (!joined.ok) throw new Error(joined.reason);
  expect(inspectEvent(roomId, joined.commit)).toEqual({ kind: "external-commit", epoch: 0 });
});

test("all else is refused", async () => {
  const { group, identity } = room.seat(0);
  const made = await commit(group, identity, { anchors: world.anchors, now: new Date() });
  const refused = [
    new Uint8Array(),
    new Uint8Array(100),
    privateMessage(newRoomId()),
    privateMessage(roomId, "proposal"),
    privateMessage(roomId, "application", 2n ** 31n - 1n),
    privateMessage(roomId).subarray(0, -1),
    Uint8Array.of(...privateMessage(roomId), 0),
    made.groupInfo,
  ];
  for (const payload of refused) expect(() => inspectEvent(roomId, payload)).toThrow("BAD_EVENT");
});

test("a GroupInfo of another epoch, of another room, or that is none, is refused", () => {
  expect(() => {
    inspectGroupInfo(roomId, room.groupInfo, 1);
  }).toThrow("BAD_EVENT");
  expect(() => {
    inspectGroupInfo(newRoomId(), room.groupInfo, 0);
  }).toThrow("BAD_EVENT");
  expect(() => {
    inspectGroupInfo(roomId, privateMessage(roomId), 0);
  }).toThrow("BAD_EVENT");
});
