/**
 * Who loses a device loses no room (ENG-36): when the revoked device is the only one that its account has in a room which lets in
 * nobody else, the account's other devices are added before it is taken out. Afterwards no rule would let them in.
 */

import { members, policyOf } from "../../crypto/mls/roster";
import { claimDevices, noteUsed } from "./claim-devices";
import type { Member } from "../../crypto/mls/door";
import { expelledDevices } from "./expel-revoked";
import { makeCommit } from "./make-commit";
import { deviceKey } from "./records";
import type { Room } from "./room";

/** Commits of others may win each time; the lost device must not stay for that. */
const attempts = 3;

/** Whether a commit that adds somebody is under way now. What cannot be done now is not waited for. */
export async function replaceLost(room: Room): Promise<boolean> {
  const { group, commit } = room.data;
  if (group === undefined || commit !== undefined || policyOf(group).kind === "open") return false;
  for (const account of lostAccounts(room, members(group))) {
    const tried = room.expulsions.replacements.get(account.accountId) ?? 0;
    if (tried >= attempts) continue;
    room.expulsions.replacements.set(account.accountId, tried + 1);
    const claimed = await claimDevices(room, group, account);
    if (claimed.kind !== "devices" || claimed.to.length === 0) continue;
    const { options, to } = claimed;
    return await room.turn(async (draft) => {
      if (draft.group?.epoch !== group.epoch || draft.commit !== undefined) return false;
      const isMade = await makeCommit(room, draft, options, { to });
      if (isMade) noteUsed(draft, options.add ?? []);
      return isMade;
    });
  }
  return false;
}

/** A device of each account that has none here but revoked ones. */
function lostAccounts(room: Room, people: readonly Member[]): Member[] {
  const lost = new Set(expelledDevices(room));
  const living = new Set(people.filter((member) => !lost.has(deviceKey(member))).map(({ accountId }) => accountId));
  const gone = people.filter(({ accountId }) => !living.has(accountId));
  return [...new Map(gone.map((member) => [member.accountId, member])).values()];
}
