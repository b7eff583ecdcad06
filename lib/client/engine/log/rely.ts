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
import { accountToProve } from "./newcomers";
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
  return relied(group, host).every((leaf) =>
    namesOf(leaf).every((name) => keyLog.isVouched(name) || keyLog.isAccepted(leaf.member.accountId, name)),
  );
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
  for (const leaf of group === undefined ? [] : relied(group, host)) {
    const { username, accountId } = leaf.member;
    if (missingOf(leaf, host).length > 0) held.set(accountId, { username, accountId, why: "unlogged" });
  }
  return [...held.values()];
}

/** A person talks to this account in spite of what the log lacks of it in these rooms now. */
export async function acceptMissing(
  accountId: string,
  groups: Iterable<Group | undefined>,
  host: Relying,
): Promise<void> {
  const leaves = [...groups].flatMap((group) => (group === undefined ? [] : relied(group, host)));
  const missing = leaves.flatMap((leaf) =>
    leaf.member.accountId === accountId ? missingOf(leaf, host).map((name) => ({ name, ...leaf.member })) : [],
  );
  const [first] = missing;
  if (first === undefined) return;
  await host.keyLog.accept(
    { username: first.username, accountId },
    missing.map(({ name }) => name),
  );
}

/** For whose proofs what is said has been waiting for some seconds. */
export function awaited(group: Group | undefined, host: Relying): AccountRef[] {
  const { keyLog } = host;
  const waits = new Map<string, AccountRef>();
  for (const leaf of group === undefined ? [] : relied(group, host)) {
    const { username, accountId } = leaf.member;
    const isAwaited = (name: string) => keyLog.isAwaited(name) && !keyLog.isAccepted(accountId, name);
    if (namesOf(leaf).some(isAwaited)) waits.set(accountId, { username, accountId });
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
  const { keyLog } = host;
  const open = relied(group, host).filter((leaf) => !isLeafVouched(leaf, keyLog));
  keyLog.want(open.map(({ member, certificate }) => certified("device", member.accountId, certificate)));
  const accounts = new Map(open.map(({ member }) => [accountName(member.accountId, member.username), member]));
  await Promise.all(
    [...accounts].map(async ([name, member]) => {
      try {
        const account = await accountToProve(host, member);
        if (account !== undefined) keyLog.want([account]);
      } catch {
        keyLog.unreached(name);
      }
    }),
  );
}

function isLeafVouched(leaf: LeafCertificate, keyLog: KeyLog): boolean {
  return namesOf(leaf).every((name) => keyLog.isVouched(name));
}

/** What has to be proven of a leaf: its device, and its account's key under its name. */
function namesOf({ member, digest }: LeafCertificate): string[] {
  return [digest, accountName(member.accountId, member.username)];
}

function missingOf(leaf: LeafCertificate, { keyLog }: Pick<RoomHost, "keyLog">): string[] {
  const isLacking = (name: string) => keyLog.isMissing(name) && !keyLog.isVouched(name);
  return namesOf(leaf).filter((name) => isLacking(name) && !keyLog.isAccepted(leaf.member.accountId, name));
}
