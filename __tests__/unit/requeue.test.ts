/** What waits to be sent when a device joins its room again. */

import type { Draft } from "@/lib/client/engine/draft";
import type { Pending } from "@/lib/client/engine/records";
import { requeueSaid } from "@/lib/client/engine/repair";
import type { Body } from "@/lib/protocol/content";
import { messageIdSchema, roomIdSchema } from "@/lib/protocol/ids";

test("ENG-08 reports and answers that waited wait on beside words; a goodbye and an empty message have lost their meaning", () => {
  const accountId = "a1".repeat(32);
  const bodies: readonly Body[] = [
    { kind: "confirm" },
    { kind: "text", text: "hello" },
    { kind: "report", roomId: roomIdSchema.parse("00".repeat(16)), reason: "look", messages: [] },
    { kind: "leave", account: true, leafIndex: 1, signature: "00".repeat(64) },
    { kind: "accept" },
    { kind: "compared", with: accountId, found: "match" },
  ];
  let pending = bodies.map((body, index): Pending => {
    const messageId = messageIdSchema.parse(String(index).padStart(32, "0"));
    return { order: index + 1, messageId, n: index + 1, t: 1000, body, state: "sealed" };
  });
  const draft = {
    meta: { outOrder: pending.length },
    get pending() {
      return pending;
    },
    dropPending: ({ order }: Pending) => {
      pending = pending.filter((other) => other.order !== order);
    },
    setPending: (entry: Pending) => {
      pending = [...pending, entry];
    },
  };
  requeueSaid(draft as unknown as Draft, []);
  expect(pending.map(({ body }) => body.kind)).toEqual(["text", "report", "accept", "compared"]);
  expect(pending.map(({ n }) => n)).toEqual([2, 3, 5, 6]);
  expect(pending.every(({ state, order }) => state === "queued" && order > bodies.length)).toBe(true);
});
