/**
 * Compares what a sender had seen with what this device was given: the same, more, or something else. And recognises events of a
 * gap when they come late. SPEC TRN-02, TRN-04.
 */

import { equalBytes, toBase64Url } from "../../protocol/bytes";
import {
  transcriptLateEvents,
  transcriptLateReach,
  transcriptPlaces,
  transcriptToldMax,
  transcriptToldPerAccount,
  transcriptWitnesses,
} from "../../protocol/limits";
import { hashOf, transcriptNext, type Position } from "../../protocol/transcript";
import { hashAt, lengthOf, type Chain, type Gap, type Place } from "./transcript";

export interface Witness {
  /** By `deviceKey`. */
  readonly device: string;
  readonly username: string;
  /** When it spoke, by its clock, and when this is, by ours; ms. */
  readonly at: number;
  readonly now: number;
}

export type Compared =
  | { readonly kind: "same" | "unknown"; readonly chain: Chain }
  | {
      readonly kind: "missing";
      readonly chain: Chain;
      readonly gap: Gap;
      /** The first gap that this device has shown in this epoch. */
      readonly isFirst: boolean;
    }
  | {
      readonly kind: "forked";
      readonly chain: Chain;
      /** Events up to which it had agreed, and at which it does not. */
      readonly from: number;
      readonly to: number;
      /** When it had agreed last, ms. */
      readonly since: number;
    };

/** `given`: events that had been given to us before the message, at most as many as the chain holds. */
export function compare(chain: Chain, given: number, position: Position, witness: Witness): Compared {
  const [, index, text] = position;
  const { gap } = chain;
  const own = index <= given ? hashAt(chain, index) : undefined;
  // One spelling per hash: encoding ours costs less than decoding theirs.
  if (own !== undefined && toBase64Url(own) === text) return { kind: "same", chain: agree(chain, witness, index) };
  const supposed = gap?.lane[index - gap.laneFrom];
  if (supposed !== undefined && toBase64Url(supposed) === text) return { kind: "same", chain };
  // Too long ago, in what is missing, or told already.
  if (index <= given && own === undefined) return { kind: "unknown", chain };
  if (gap !== undefined && index > gap.at && index < gap.laneFrom) {
    const hidden = hide(gap, witness, index);
    if (hidden !== undefined) return { kind: "unknown", chain: { ...chain, gap: hidden } };
  }
  if (chain.told.includes(witness.device)) return { kind: "unknown", chain };
  // As far as the line behind the gap is known, it is compared as our own: less the message itself.
  const followed = gap === undefined ? given : Math.max(given, gap.laneFrom + gap.lane.length - 2);
  // Nobody is ahead by more than can be compared: that is another history, or a lie, and makes no gap to hide in.
  const isInReach = index <= given + transcriptPlaces;
  if (index > followed && isInReach && !chain.ended) return misses(chain, given, index, hashOf(position), witness);
  const known = chain.agreed.find(({ device }) => device === witness.device);
  if (!hasRoom(chain.told, witness)) return { kind: "unknown", chain };
  return {
    kind: "forked",
    chain: { ...chain, told: [...chain.told, witness.device] },
    from: known?.index ?? 0,
    to: index,
    since: Math.min(known?.at ?? chain.startedAt, witness.now),
  };
}

/** Part of what is missing cannot be compared: for who named the gap, and for each other device at one place. */
function hide(gap: Gap, { device }: Witness, index: number): Gap | undefined {
  if (device === gap.device) return gap;
  const known = gap.lagging.find((one) => one.device === device);
  if (known !== undefined) return known.index === index ? gap : undefined;
  if (gap.lagging.length >= transcriptWitnesses) return undefined;
  return { ...gap, lagging: [...gap.lagging, { device, index }] };
}

/** Whether one more device can be told of: so many in all, and of one account. */
function hasRoom(devices: readonly string[], { device }: Witness): boolean {
  const same = devices.filter((one) => accountOf(one) === accountOf(device));
  return devices.length < transcriptToldMax && same.length < transcriptToldPerAccount;
}

function accountOf(device: string): string {
  return device.split(".", 1).join();
}

function agree(chain: Chain, { device, at }: Witness, index: number): Chain {
  const known = chain.agreed.find((one) => one.device === device);
  if (known !== undefined && known.index >= index) return chain;
  const others = chain.agreed.filter((one) => one !== known);
  return { ...chain, agreed: [...others, { device, index, at }].slice(-transcriptWitnesses) };
}

function misses(chain: Chain, given: number, index: number, said: Uint8Array, witness: Witness): Compared {
  const known = chain.gap;
  const { username, device, now } = witness;
  // The message itself, and whatever came with it, stands behind what its sender had seen.
  const after = chain.places.slice(given - chain.first).map(({ digest }) => digest);
  const lane = after.reduce((hashes, digest) => [...hashes, transcriptNext(hashes.at(-1) ?? said, digest)], [said]);
  const gap: Gap = {
    at: given,
    count: index - given,
    target: index,
    said,
    laneFrom: index,
    lane,
    lagging: known?.lagging ?? [],
    lineKey: known?.lineKey ?? "",
    // Whoever widens it has named the number.
    who: username,
    device,
    foundAt: known?.foundAt ?? now,
  };
  const isFirst = !chain.raised.includes(device) && hasRoom(chain.raised, witness);
  const raised = isFirst ? [...chain.raised, device] : chain.raised;
  return { kind: "missing", chain: { ...chain, gap, raised }, gap, isFirst };
}

/**
 * Whether the newest events are those of the gap: put where they belong they lead to what the sender had said. Then the
 * chain is what it would have been, and goes on as everybody else's does.
 */
export function mend(chain: Chain): Chain | undefined {
  const { gap, first, places } = chain;
  // Where so much has come since, it stays a gap.
  if (gap === undefined || gap.count > transcriptLateEvents || gap.laneFrom > gap.target) return undefined;
  const digests = places.map(({ digest }) => digest);
  const lateFrom = digests.length - gap.count;
  if (gap.at < first || lateFrom < gap.at - first) return undefined;
  const late = digests.slice(lateFrom);
  const oldest = Math.max(first, gap.at - transcriptLateReach);
  for (let before = gap.at; before >= oldest; before--) {
    const known = hashAt(chain, before);
    if (known === undefined) return undefined;
    const replaced = [...late, ...digests.slice(before - first, gap.at - first)];
    const line = chained(known, replaced);
    if (!equalBytes(line.at(-1)?.hash ?? known, gap.said)) continue;
    const rest = chained(gap.said, digests.slice(gap.at - first, lateFrom));
    return { ...chain, places: [...places.slice(0, before - first), ...line, ...rest], gap: undefined };
  }
  return undefined;
}

function chained(from: Uint8Array, digests: readonly Uint8Array[]): Place[] {
  const places: Place[] = [];
  for (const digest of digests) {
    places.push({ digest, hash: transcriptNext(places.at(-1)?.hash ?? from, digest) });
  }
  return places;
}

/** Events that had been given to us before the newest one, where that is of this epoch. */
export function givenBefore(chain: Chain): number {
  return chain.ended ? lengthOf(chain) : lengthOf(chain) - 1;
}
