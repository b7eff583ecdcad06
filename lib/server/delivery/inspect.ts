/** What the delivery service asks of an event before it orders it: that any member could make sense of it. No more. */

import { equalBytes, fromHex } from "../../protocol/bytes";
import { peekMessage } from "../../protocol/mls/peek";
import { Refused } from "../refused";

export interface Inspected {
  readonly kind: "application" | "commit" | "external-commit" | "group-info";
  readonly epoch: number;
}

/** Epochs are stored as 32-bit integers: four thousand million commits are out of reach. */
const maxEpoch = 2n ** 31n - 2n;

/** Throws `BAD_EVENT` for what no member would take in this room. Validity is the members' business (DS-04). */
export function inspectEvent(roomId: string, payload: Uint8Array): Inspected {
  const peek = peekMessage(payload);
  if (!peek.ok || peek.groupId === undefined || peek.kind === "proposal") throw bad();
  const { kind, groupId, epoch } = peek;
  if (!isGroupOf(roomId, groupId) || epoch > maxEpoch) throw bad();
  // The only GroupInfo that is an event by itself is a genesis.
  if (kind === "group-info" && epoch !== 0n) throw bad();
  return { kind, epoch: Number(epoch) };
}

/** The epoch that an event makes if members take it: genesis 0, a commit the one after its own. */
export function madeEpoch({ kind, epoch }: Inspected): number | undefined {
  if (kind === "application") return undefined;
  return kind === "group-info" ? 0 : epoch + 1;
}

/** The GroupInfo that comes with an event must be for the epoch that the event makes. */
export function inspectGroupInfo(roomId: string, groupInfo: Uint8Array, epoch: number): void {
  const peek = peekMessage(groupInfo);
  const fits = peek.ok && peek.kind === "group-info" && isGroupOf(roomId, peek.groupId) && peek.epoch === BigInt(epoch);
  if (!fits) throw bad();
}

/** A Welcome tells nothing of its group; that it is one is all that can be asked. */
export function inspectWelcome(welcome: Uint8Array): void {
  const peek = peekMessage(welcome);
  if (!peek.ok || peek.kind !== "welcome") throw bad();
}

function isGroupOf(roomId: string, groupId: Uint8Array): boolean {
  return equalBytes(groupId, fromHex(roomId) ?? new Uint8Array());
}

function bad(): Refused {
  return new Refused("BAD_EVENT");
}
