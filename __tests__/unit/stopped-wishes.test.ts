/** Wishes that were stored, looked at again when they are carried out: the people in the room may be others by then. */

import type { TrustBook } from "@/lib/client/engine/trust/trust";
import { grantWishes } from "@/lib/client/engine/grant";
import type { Draft } from "@/lib/client/engine/draft";
import type { Room } from "@/lib/client/engine/room";
import type { Hold, Trust } from "@/lib/client/engine/views";
import type { Wish } from "@/lib/client/engine/wish";
import { toHex } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import { ciphersuiteName, type PrivatePolicy } from "@/lib/protocol/policy";

import { groupId, Room as MlsRoom, World } from "../support/mls";

const world = new World();
const id = "00".repeat(16);
const accountId = "b1".repeat(32);
const hold: Hold = { username: "bob", accountId, why: "replaced" };

/** What becomes of a stored wish; `before` and `then`: how it stands with people before the commit's turn, and in it. */
async function outcomeOf(wish: Wish, before: Trust, then = before): Promise<string | undefined> {
  const founder = await world.device("alice");
  const policy: PrivatePolicy = {
    kind: "private",
    roomId: roomIdSchema.parse(toHex(groupId)),
    suite: ciphersuiteName,
    name: "Cellar",
    topic: "",
    admins: [founder.accountId],
    invite: "admins",
    timerMs: null,
    history: "none",
    removals: 0,
    bans: [],
    links: [],
    revoked: [],
    secret: "09".repeat(32),
    stale: false,
    closed: false,
  };
  const { group } = (await MlsRoom.founded(world, founder, policy)).seat(0);
  let ask = () => before;
  const trust = { of: () => ask(), holds: () => (ask() === "replaced" ? [hold] : []) } as unknown as TrustBook;
  const meta = { wishes: [wish], confirmed: true, membership: "joined" };
  let outcome: string | undefined;
  const settleWish = (_id: string, ended: string) => {
    outcome = ended;
    meta.wishes = [];
  };
  const keyLog = { isVouched: () => true, isMissing: () => false };
  const room = {
    data: { meta, group, commit: undefined },
    suspicion: "none",
    host: { identity: founder, trust, keyLog },
    turn: (work: (draft: Draft) => unknown) => {
      ask = () => then;
      return Promise.resolve(work({ group, meta, commit: undefined, settleWish } as unknown as Draft));
    },
  } as unknown as Room;
  await grantWishes(room).catch(() => {
    outcome ??= "carried out";
  });
  return outcome;
}

test("VER-09 ENG-26 a stored name or topic comes to nothing where words would have to wait by now", async () => {
  const named: Wish = { id, kind: "change", topic: "the harbour code is 4417" };
  expect(await outcomeOf(named, "replaced")).toBe("NOT_ALLOWED");
  // Or where it turns out in the commit's turn.
  expect(await outcomeOf(named, "unverified", "replaced")).toBe("NOT_ALLOWED");
  expect(await outcomeOf(named, "unverified")).toBe("carried out");
  expect(await outcomeOf({ id, kind: "change", timerMs: 60_000 }, "replaced")).toBe("carried out");
});

test.each(["mismatch", "replaced", "new-key"] as const)(
  "VER-09 ENG-26 a stored invitation of somebody who is %s by now comes to nothing",
  async (trust) => {
    const invitation: Wish = { id, kind: "invite", username: "bob", accountId };
    expect(await outcomeOf(invitation, trust)).toBe("NOT_ALLOWED");
    expect(await outcomeOf(invitation, "unverified")).toBe("carried out");
  },
);
