/**
 * What a room does about devices that their accounts have revoked (ENG-32): from then on nothing of theirs is read, nothing is
 * said while they could read it, and a commit that carries the account's signature takes them out (MLS-20). Every member
 * would make it; they take turns as with goodbyes (see duties).
 */

import type { Member } from "../../crypto/mls/door";
import { members, policyOf } from "../../crypto/mls/roster";
import { commitMaxRevocations } from "../../protocol/limits";
import { deviceMark } from "../../protocol/policy-rules";
import type { Draft } from "./draft";
import { makeCommit } from "./make-commit";
import { deviceKey } from "./records";
import type { Room } from "./room";

/** What came of trying to take revoked devices out, for as long as the tab lives. */
export class Expulsions {
  /** Devices whose removal the rules forbid us. */
  readonly unremovable = new Set<string>();
  /** By account id: how often its other devices were to be added first (ENG-36). */
  readonly replacements = new Map<string, number>();
}

/** Looks whether somebody in the tree is revoked: once for each epoch, and whenever more is known. */
export async function heedRevocations(room: Room): Promise<void> {
  const { group, meta } = room.data;
  if (group === undefined) return;
  const { revocations, identity } = room.host;
  const look = [meta.joinSeq, group.epoch, revocations.version].join("/");
  if (room.heeded === look) return;
  room.heeded = look;
  const others = members(group).filter((member) => deviceKey(member) !== deviceKey(identity));
  revocations.want(others);
  const isRevoked = (device: string) => revocations.of(device) !== undefined;
  const found = others.map(deviceKey).filter(isRevoked);
  if (found.every((device) => isNoted(meta.revoked, device))) return;
  await room.turn((draft) => {
    if (draft.group === undefined) return;
    const present = new Set(members(draft.group).map(deviceKey));
    // What was read already may have been said before the device was lost. How far the order goes beyond it only the server says.
    const seq = draft.meta.cursor;
    for (const device of found) if (present.has(device)) noteRevoked(draft, device, seq);
    // Who was to confirm us and is revoked never will (ENG-07).
    if (draft.meta.confirmed || draft.meta.before.some((device) => present.has(device) && !isRevoked(device))) return;
    draft.meta.confirmed = true;
    draft.meta.before = [];
  });
}

export function isIn({ data: { group } }: Room, device: string): boolean {
  return group !== undefined && members(group).some((member) => deviceKey(member) === device);
}

/** Nothing of this device that the order places behind `seq` is read. */
export function noteRevoked({ meta }: Draft, device: string, seq: number): void {
  if (!isNoted(meta.revoked, device)) meta.revoked = [...meta.revoked, { device, seq }];
}

/**
 * Why a message at `seq` is nobody's to read, though its keys are right: its device had been revoked, as the room's policy says or as
 * we know; or it is out of the room, and keys of an epoch that is over still open what it says (ENG-35).
 */
export function whyUnheard(
  { meta, group }: Draft,
  { sender, epoch }: { readonly sender: Member; readonly epoch: bigint },
  seq: number,
): "revoked-device" | "not-a-member" | undefined {
  if (group === undefined) return undefined;
  const device = deviceKey(sender);
  if (policyOf(group).revoked.includes(deviceMark(sender))) return "revoked-device";
  if (meta.revoked.some((one) => one.device === device && one.seq < seq)) return "revoked-device";
  const isThere = epoch === group.epoch || members(group).some((member) => deviceKey(member) === device);
  return isThere ? undefined : "not-a-member";
}

/** Whether a revoked device sits in the tree that a commit of ours can take out. */
export function owesExpulsion(room: Room): boolean {
  return expelledDevices(room).length > 0;
}

/** Those that a commit of ours is to take out. */
export function expelledDevices(room: Room): string[] {
  return expelled(room, room.data.meta.revoked);
}

export async function expelRevoked(room: Room, draft: Draft): Promise<void> {
  if (draft.group === undefined || draft.commit !== undefined) return;
  const devices = expelled(room, draft.meta.revoked).slice(0, commitMaxRevocations);
  const signed = devices.map((device) => room.host.revocations.of(device));
  const revocations = signed.filter((bytes) => bytes !== undefined);
  if (revocations.length === 0) return;
  const isMade = await makeCommit(room, draft, { revocations });
  if (!isMade) for (const device of devices) room.expulsions.unremovable.add(device);
}

function expelled({ host, expulsions }: Room, noted: Draft["meta"]["revoked"]): string[] {
  return noted
    .map(({ device }) => device)
    .filter((device) => host.revocations.of(device) !== undefined && !expulsions.unremovable.has(device));
}

function isNoted(noted: Draft["meta"]["revoked"], device: string): boolean {
  return noted.some((one) => one.device === device);
}
