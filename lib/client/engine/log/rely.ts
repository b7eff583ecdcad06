/** Whether all that a room relies on is in the transparency log (SPEC LOG-11): its people's accounts, and their devices. */

import type { Group } from "../../../crypto/mls/door";
import { certificateName } from "../../../crypto/mls/leaf";
import { leafCertificates, type LeafCertificate } from "../../../crypto/mls/roster";
import { deviceKey } from "../records";
import type { Room } from "../room";
import type { RoomHost } from "../room-host";
import type { Hold } from "../views";
import type { KeyLog } from "./key-log";
import { certified } from "./prove";

type Relying = Pick<RoomHost, "keyLog" | "identity">;

/** Of others, and of the account's other devices. The own one is looked after by `KeyLog.look`. */
function relied(group: Group, { identity }: Pick<RoomHost, "identity">): LeafCertificate[] {
  const own = deviceKey(identity);
  return leafCertificates(group).filter(({ member }) => deviceKey(member) !== own);
}

/** False while something is neither proven nor accepted by a person. */
export function isVouchedFor(group: Group | undefined, host: Relying): boolean {
  return group !== undefined && relied(group, host).every((leaf) => isLeafVouched(leaf, host.keyLog));
}

/** The device is in the room with another certificate than this one: it was renewed. */
export function isRenewedIn({ data: { group } }: Room, deviceId: string, certificate: Uint8Array): boolean {
  const digest = certificateName(certificate);
  return (
    group !== undefined &&
    leafCertificates(group).some((leaf) => leaf.member.deviceId === deviceId && leaf.digest !== digest)
  );
}

/** Because of whom nothing that is said leaves, until a person decides: their keys are not in the log. */
export function unlogged(group: Group | undefined, host: Relying): Hold[] {
  const held = new Map<string, Hold>();
  for (const { member, digest } of group === undefined ? [] : relied(group, host)) {
    const { username, accountId } = member;
    const isMissing = [digest, accountId].some((name) => host.keyLog.isMissing(name) && !host.keyLog.isVouched(name));
    if (isMissing) held.set(accountId, { username, accountId, why: "unlogged" });
  }
  return [...held.values()];
}

/** Asks about keys that have come into the room: once for each epoch, and whenever more is known. */
export function heedLog(room: Room): void {
  const { group, meta } = room.data;
  if (group === undefined) return;
  const look = [meta.joinSeq, group.epoch, room.host.keyLog.version].join("/");
  if (room.lookedUp === look) return;
  room.lookedUp = look;
  void wantPeople(group, room.host);
}

/** Never rejects. */
async function wantPeople(group: Group, host: Relying & Pick<RoomHost, "anchors">): Promise<void> {
  const { keyLog, anchors } = host;
  const open = relied(group, host).filter((leaf) => !isLeafVouched(leaf, keyLog));
  keyLog.want(open.map(({ member, certificate }) => certified("device", member.accountId, certificate)));
  const accounts = new Set(open.map(({ member }) => member.accountId).filter((id) => !keyLog.isVouched(id)));
  await Promise.all(
    [...accounts].map(async (id) => {
      const found = await anchors(id).then(
        (certificate) => ({ certificate }),
        () => undefined,
      );
      if (found === undefined) return;
      // Whom the directory does not know the log cannot have.
      if (found.certificate === undefined) keyLog.noteMissing([id]);
      else keyLog.want([certified("account", id, found.certificate)]);
    }),
  );
}

/** What a person who uses these keys all the same takes on: of the account, all that is missing now. */
export function missingOf(group: Group | undefined, host: Relying, accountId: string): string[] {
  const leaves = group === undefined ? [] : relied(group, host).filter(({ member }) => member.accountId === accountId);
  return [accountId, ...leaves.map(({ digest }) => digest)].filter((name) => host.keyLog.isMissing(name));
}

function isLeafVouched({ member, digest }: LeafCertificate, keyLog: KeyLog): boolean {
  return keyLog.isVouched(digest) && keyLog.isVouched(member.accountId);
}
