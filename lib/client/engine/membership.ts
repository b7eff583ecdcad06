/** Saying yes to an invitation, and saying goodbye. */

import type { DeviceIdentity, Group } from "../../crypto/mls/door";
import { makeLeaveProof } from "../../crypto/mls/leave";
import { ownMember } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { Draft } from "./draft";
import { enqueue } from "./outbox";

/** From now on the room is shown, with what came since the invitation. */
export function accept(draft: Draft, tellOthers = false): void {
  if (draft.meta.accepted) return;
  draft.meta.accepted = true;
  if (tellOthers) enqueue(draft, { kind: "accept" });
  draft.line(draft.meta.cursor, { kind: "system", at: draft.nowMs, event: "you-joined" }, "event");
}

/** The goodbye goes out with the next sending; `account`: the account's other devices are to go as well. */
export async function askToLeave(
  draft: Draft,
  group: Group,
  identity: DeviceIdentity,
  account: boolean,
): Promise<void> {
  const proof = await makeLeaveProof(group, identity);
  draft.meta.membership = "leaving";
  if (!draft.meta.accepted) draft.meta.purge = true;
  const { leafIndex } = ownMember(group);
  const signature = toHex(proof.signature);
  enqueue(draft, { kind: "leave", account, leafIndex, signature });
}
