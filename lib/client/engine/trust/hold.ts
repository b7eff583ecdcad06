/** What does not leave while a person in the room is not who they were, or not who they should be (SPEC VER-09), or as long as their keys are not in the log (LOG-11). */

import type { Group } from "../../../crypto/mls/door";
import { members } from "../../../crypto/mls/roster";
import type { Body } from "../../../protocol/content";
import { isVouchedFor, unlogged } from "../log/rely";
import type { RoomHost } from "../room-host";
import type { Hold } from "../views";
import type { Wish } from "../wish";

type Judging = Pick<RoomHost, "trust" | "keyLog" | "identity">;

/** By who could read it: the leaves of the tree. */
export function holdsOf(group: Group | undefined, host: Judging): Hold[] {
  if (group === undefined) return [];
  const holds = host.trust.holds(members(group));
  const held = new Set(holds.map(({ accountId }) => accountId));
  return [...holds, ...unlogged(group, host).filter(({ accountId }) => !held.has(accountId))];
}

/** Whether words may be sealed for all who could read them: nobody is held, and every key is proven to be in the log (LOG-11). */
export function mayBeTold(group: Group | undefined, host: Judging): boolean {
  return holdsOf(group, host).length === 0 && isVouchedFor(group, host);
}

/** What was wished before, but must not be done as it stands now with who would read it or come in (VER-09). */
export function isStopped(wish: Wish, group: Group, host: Judging): boolean {
  switch (wish.kind) {
    case "change":
      return isSaid(wish) && holdsOf(group, host).length > 0;
    case "invite":
      return ["mismatch", "replaced", "new-key"].includes(host.trust.of(wish));
    default:
      return false;
  }
}

/** A name or topic is words as well: it waits while proofs are on the way (LOG-11). */
export function waitsForProof(wish: Wish, group: Group, host: Judging): boolean {
  return isSaid(wish) && holdsOf(group, host).length === 0 && !mayBeTold(group, host);
}

function isSaid(wish: Wish): boolean {
  return wish.kind === "change" && (wish.name !== undefined || wish.topic !== undefined);
}

/** What a person has written. All else keeps rooms going, or says goodbye, and holds nothing for anybody to learn. */
export function isWords(body: Body): boolean {
  return body.kind === "text" || body.kind === "report";
}
