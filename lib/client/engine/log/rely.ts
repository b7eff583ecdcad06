/** Whether all that a room relies on is in the transparency log (SPEC LOG-11): its people's accounts, and their devices. */

import type { DeviceCertificate } from "../../../crypto/account/certificates";
import type { Group } from "../../../crypto/mls/door";
import { certificateName } from "../../../crypto/mls/leaf";
import { leafCertificates, type LeafCertificate } from "../../../crypto/mls/roster";
import { equalBytes } from "../../../protocol/bytes";
import { deviceKey } from "../records";
import type { Room } from "../room";
import type { RoomHost } from "../room-host";
import type { AccountRef, Hold } from "../views";
import type { KeyLog } from "./key-log";
import { accountName, certified } from "./prove";

type Relying = Pick<RoomHost, "keyLog" | "identity">;

/** Of others, and of the account's other devices. The own one is looked after by `KeyLog.look`. */
function relied(group: Group, { identity }: Pick<RoomHost, "identity">): LeafCertificate[] {
  const own = deviceKey(identity);
  return leafCertificates(group).filter(({ member }) => deviceKey(member) !== own);
}

/** False while something is neither proven nor accepted by a person. */
export function isVouchedFor(group: Group | undefined, host: Relying): boolean {
  const { keyLog } = host;
  if (group === undefined) return false;
  return relied(group, host).every((leaf) => isLeafVouched(leaf, keyLog) || keyLog.isAccepted(leaf.member.accountId));
}

/** A device with this key is in the room with another certificate, which is proven: it was renewed. */
export function isRenewedIn({ data: { group }, host }: Room, device: DeviceCertificate): boolean {
  const digest = certificateName(device.der);
  return (
    group !== undefined &&
    leafCertificates(group).some(
      ({ member, digest: held }) =>
        member.accountId === device.accountId &&
        member.deviceId === device.deviceId &&
        equalBytes(member.signatureKey, device.publicKey) &&
        held !== digest &&
        host.keyLog.isVouched(held),
    )
  );
}

/** Because of whom nothing that is said leaves, until a person decides: their keys are not in the log. */
export function unlogged(group: Group | undefined, host: Relying): Hold[] {
  const held = new Map<string, Hold>();
  for (const { member, digest } of group === undefined ? [] : relied(group, host)) {
    const { username, accountId } = member;
    const names = [digest, accountName(accountId, username)];
    const isMissing = names.some((name) => host.keyLog.isMissing(name) && !host.keyLog.isVouched(name));
    if (isMissing && !host.keyLog.isAccepted(accountId)) held.set(accountId, { username, accountId, why: "unlogged" });
  }
  return [...held.values()];
}

/** For whose proofs what is said has been waiting for some seconds. */
export function awaited(group: Group | undefined, host: Relying): AccountRef[] {
  const waits = new Map<string, AccountRef>();
  for (const { member, digest } of group === undefined ? [] : relied(group, host)) {
    const { username, accountId } = member;
    const isAwaited = [digest, accountName(accountId, username)].some((name) => host.keyLog.isAwaited(name));
    if (isAwaited && !host.keyLog.isAccepted(accountId)) waits.set(accountId, { username, accountId });
  }
  return [...waits.values()];
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
  const accounts = new Map(open.map(({ member }) => [accountName(member.accountId, member.username), member]));
  await Promise.all(
    [...accounts].map(async ([name, { accountId }]) => {
      if (keyLog.isVouched(name)) return;
      const found = await anchors(accountId).then(
        (certificate) => ({ certificate }),
        () => undefined,
      );
      if (found === undefined) {
        keyLog.unreached(name);
        return;
      }
      const account = found.certificate && certified("account", accountId, found.certificate);
      // Whom the directory does not know, or not by this name, the log cannot have.
      if (account?.name !== name) keyLog.noteMissing([name]);
      else keyLog.want([account]);
    }),
  );
}

function isLeafVouched({ member, digest }: LeafCertificate, keyLog: KeyLog): boolean {
  return keyLog.isVouched(digest) && keyLog.isVouched(accountName(member.accountId, member.username));
}
