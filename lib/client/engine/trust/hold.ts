/** What does not leave while a person in the room is not who they were, or not who they should be (SPEC VER-09). */

import type { Group } from "../../../crypto/mls/door";
import { members } from "../../../crypto/mls/roster";
import type { Body } from "../../../protocol/content";
import type { RoomHost } from "../room-host";
import type { Hold } from "../views";

/** By who could read it: the leaves of the tree. */
export function holdsOf(group: Group | undefined, { trust }: Pick<RoomHost, "trust">): Hold[] {
  return group === undefined ? [] : trust.holds(members(group));
}

/** What a person has written. All else keeps rooms going, or says goodbye, and holds nothing for anybody to learn. */
export function isWords(body: Body): boolean {
  return body.kind === "text" || body.kind === "report";
}
