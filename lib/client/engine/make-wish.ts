/** Asking for a change of a governed room: judged by the policy of now, stored, and waited for until a commit has carried it out (ENG-26). */

import { members, policyOf } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import { wishesMax } from "../../protocol/limits";
import type { GovernHost } from "./govern-host";
import { bad, notFound, ok, type EngineResult } from "./results";
import type { Room } from "./room";
import { judgeWish, wishSchema, type Wish } from "./wish";

/** How long a person waits for a commit; a wish that takes longer is taken back. */
const wishMs = 25_000;

export async function makeWish(
  host: GovernHost,
  roomId: string,
  wanted: Record<string, unknown>,
): Promise<EngineResult<null>> {
  const room = host.room(roomId);
  if (room === undefined) return notFound;
  await present(host, room);
  const { group } = room.data;
  if (group === undefined || room.data.meta.membership !== "joined") return notFound;
  const parsed = wishSchema.safeParse({ id: toHex(host.random.bytes(16)), ...wanted });
  if (!parsed.success) return bad("BAD_INPUT");
  const wish: Wish = parsed.data;
  const verdict = judgeWish(policyOf(group), members(group), host.identity.accountId, wish);
  if (verdict === "done") return ok(null);
  if (verdict !== "grant") return bad(verdict);
  if (!host.isOnline()) return bad("OFFLINE");
  if (room.data.meta.wishes.length >= wishesMax) return bad("TOO_MANY_REQUESTS");
  const outcome = room.wished(wish.id, wishMs);
  await room.turn((draft) => {
    if (draft.group !== undefined && draft.meta.membership === "joined")
      draft.meta.wishes = [...draft.meta.wishes, wish];
    // Out since it was asked: nobody is left who could carry it out.
    else draft.settleWish(wish.id, "NOT_FOUND");
  });
  room.kick();
  const ended = await outcome;
  if (ended === "done") return ok(null);
  if (ended !== undefined) return bad(ended);
  await room.turn((draft) => {
    // Unless its commit is on the way: then it is the order's to say.
    if (draft.commit?.wish !== wish.id) draft.settleWish(wish.id, "NOT_FOUND");
  });
  return bad("OFFLINE");
}

/** A room that was founded or entered a moment ago is there soon. */
export async function present(host: GovernHost, room: Room): Promise<void> {
  const until = host.clock.now() + wishMs / 2;
  while (room.data.meta.membership === "joining" && host.isOnline() && host.clock.now() < until) {
    await new Promise<void>((resolve) => void host.clock.schedule(20, resolve));
  }
}
