/** What a device takes along from a direct room that is given up, when the other person has used message ids beforehand (ENG-31). */

import { noteSaid } from "@/lib/client/engine/said-ids";
import { carryRest } from "@/lib/client/engine/united-words";

import { ArchiveAccount, bob, messageIdAt, range, readAll, roomA, roomB, texts } from "../support/archive-devices";
import { Host } from "../support/world/host";

const host = new Host();
beforeAll(() => host.start());
afterAll(() => host.close());

/** A device with six lines of both in one room, and the other one joined. */
async function withLines() {
  const device = await new ArchiveAccount(host).device();
  await readAll(device, 1, 6);
  await device.follow(roomB, 1, 1);
  return { device, from: device.room(roomA), to: device.room(roomB) };
}

test("ENG-31 S16 ids that the other person has used in the room that goes on take no line away", async () => {
  const { device, from, to } = await withLines();
  await to.turn((draft) => {
    for (const seq of range(1, 6)) noteSaid(draft, { messageId: messageIdAt(roomA, seq), accountId: bob.accountId });
  });
  expect(await carryRest(from, to)).toBe(true);
  expect((await device.lines(roomB)).filter((line) => line !== "system")).toEqual(texts(1, 6));
});

test("ENG-31 done a second time nothing is there twice, and what was said again there already is not taken along", async () => {
  const { device, from, to } = await withLines();
  await to.turn((draft) => {
    draft.line(2, {
      kind: "message",
      at: 1002,
      messageId: messageIdAt(roomA, 2),
      author: draft.author(bob),
      own: false,
      text: "message 2",
      state: "received",
    });
  });
  await carryRest(from, to);
  await carryRest(from, to);
  expect((await device.lines(roomB)).filter((line) => line !== "system").toSorted()).toEqual(texts(1, 6));
});
