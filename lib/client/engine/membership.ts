/** Saying yes to an invitation, and saying goodbye. */

import type { DeviceIdentity, Group } from "../../crypto/mls/door";
import { makeLeaveProof } from "../../crypto/mls/leave";
import { ownMember } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { RoomId } from "../../protocol/ids";
import type { Draft } from "./draft";
import { enqueue } from "./outbox";
import type { RoomMeta } from "./records";

/** From now on the room is shown, with what came since the invitation. */
export function accept(draft: Draft, tellOthers = false): void {
  // Declined, by this device or another one of the account: there is nothing to come back to.
  if (draft.meta.accepted || draft.meta.purge) return;
  draft.meta.accepted = true;
  if (tellOthers) enqueue(draft, { kind: "accept" });
  draft.line(draft.meta.cursor, { kind: "system", at: draft.nowMs, event: "you-joined" }, "event");
}

/** On the way in, and not going on: of a room that is not open, in which this device never was, nothing stays. */
export function turnBack(meta: RoomMeta): void {
  meta.membership = "none";
  meta.via = undefined;
  meta.purge = meta.kind !== "open" && meta.joinSeq === 0;
}

export interface Farewell {
  /** The account's other devices are to go as well. */
  readonly account: boolean;
  /** The direct room in which this one goes on: what was said here is taken along before anything is deleted. */
  readonly to?: RoomId | undefined;
}

/** The goodbye goes out with the next sending. */
export async function askToLeave(
  draft: Draft,
  group: Group,
  identity: DeviceIdentity,
  { account, to }: Farewell,
): Promise<void> {
  const proof = await makeLeaveProof(group, identity);
  draft.meta.membership = "leaving";
  if (to !== undefined) draft.meta.movedTo = to;
  else if (!draft.meta.accepted) draft.meta.purge = true;
  const { leafIndex } = ownMember(group);
  const signature = toHex(proof.signature);
  enqueue(draft, { kind: "leave", account, leafIndex, signature, ...(to === undefined ? {} : { to }) });
}
