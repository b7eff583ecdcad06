/** How a device takes its own commit once the room's order shows it. */
import { equalBytes } from "@/lib/protocol/bytes";
import type { Group } from "./door";
import { closeGroup, openGroup, pastOfNext } from "./inside";

/**
 * `next` with the history of `current`, whose ratchets may have moved since the commit was made. Without this, keys used
 * in between would come back (MLS-11). Throws when `next` does not follow `current`. An external joiner has
 * no `current` and takes `next` as it is.
 */
export function adoptCommit(current: Group, next: Group): Group {
  if (!equalBytes(current.groupId, next.groupId) || next.epoch !== current.epoch + 1n) {
    throw new RangeError("not the next epoch of this group");
  }
  return closeGroup({ ...openGroup(next), past: pastOfNext(openGroup(current)) });
}
