/** What the delivery service asks of an event before it orders it: that any member could make sense of it. No more. */

import { equalBytes, fromHex } from "../../protocol/bytes";
import { peekMessage } from "../../protocol/mls/peek";
import { peekSealedGroupInfo } from "../../protocol/mls/sealed-group-info";
import type { RoomSummary } from "../../protocol/schemas/http";
import { Refused } from "../refused";

export type RoomKind = RoomSummary["kind"];

export interface Inspected {
  readonly kind: "application" | "commit" | "external-commit" | "group-info";
  readonly epoch: number;
}

export interface InspectedEvent extends Inspected {
  /** The one kind of room that takes an event in this form; `undefined`: any does. */
  readonly onlyIn: RoomKind | undefined;
}

/** Epochs are stored as 32-bit integers: four thousand million commits are out of reach. */
const maxEpoch = 2n ** 31n - 2n;

/** Throws `BAD_EVENT` for what no member would take in this room. Validity is the members' business (DS-04). */
export function inspectEvent(roomId: string, payload: Uint8Array): InspectedEvent {
  const peek = peekAny(payload);
  if (!peek.ok || peek.groupId === undefined || peek.kind === "proposal") throw bad();
  const { kind, groupId, epoch, onlyIn } = peek;
  if (!isGroupOf(roomId, groupId) || epoch > maxEpoch) throw bad();
  // The only GroupInfo that is an event by itself is a genesis.
  if (kind === "group-info" && epoch !== 0n) throw bad();
  return { kind, epoch: Number(epoch), onlyIn };
}

/** The epoch that an event makes if members take it: genesis 0, a commit the one after its own. */
export function madeEpoch({ kind, epoch }: Inspected): number | undefined {
  if (kind === "application") return undefined;
  return kind === "group-info" ? 0 : epoch + 1;
}

/** The GroupInfo that comes with an event must be for the epoch that the event makes. Answers which rooms take its form. */
export function inspectGroupInfo(roomId: string, groupInfo: Uint8Array, epoch: number): RoomKind {
  const peek = peekAny(groupInfo);
  if (!peek.ok || peek.kind !== "group-info" || peek.onlyIn === undefined) throw bad();
  if (!isGroupOf(roomId, peek.groupId) || peek.epoch !== BigInt(epoch)) throw bad();
  return peek.onlyIn;
}

/** A Welcome tells nothing of its group; that it is one is all that can be asked. */
export function inspectWelcome(welcome: Uint8Array): void {
  const peek = peekMessage(welcome);
  if (!peek.ok || peek.kind !== "welcome") throw bad();
}

/** A GroupInfo in the clear shows the policy, name and all: open rooms only. A sealed one, private rooms only (DS-12). */
function peekAny(bytes: Uint8Array) {
  const sealed = peekSealedGroupInfo(bytes);
  if (sealed !== undefined) return { ok: true, kind: "group-info", ...sealed, onlyIn: "private" } as const;
  const peek = peekMessage(bytes);
  const onlyIn = peek.ok && peek.kind === "group-info" ? ("open" as const) : undefined;
  return { ...peek, onlyIn };
}

function isGroupOf(roomId: string, groupId: Uint8Array): boolean {
  return equalBytes(groupId, fromHex(roomId) ?? new Uint8Array());
}

function bad(): Refused {
  return new Refused("BAD_EVENT");
}
