/**
 * What this device knows of a room's transcript: one hash chain for the epoch of now and one for each epoch before it whose
 * messages can still come. Plain data, never changed in place; it is stored in the turn that applies the event (TRN-05).
 */

import { equalBytes } from "../../protocol/bytes";
import { retainedEpochs, transcriptBlockPlaces, transcriptLanePlaces, transcriptPlaces } from "../../protocol/limits";
import { toPosition, transcriptNext, type Position } from "../../protocol/transcript";

/** One event of an epoch. */
export interface Place {
  readonly digest: Uint8Array;
  /** Of the chain behind it. */
  readonly hash: Uint8Array;
}

/** How far a device's history was found to be ours. */
export interface Agreed {
  /** By `deviceKey`, as in `told`. */
  readonly device: string;
  readonly index: number;
  /** When it said so, by its clock, ms. */
  readonly at: number;
}

/** A device by `deviceKey`, and how many events it had seen. */
export interface Lagging {
  readonly device: string;
  readonly index: number;
}

/** A sender had seen more events than were given to us before its message. */
export interface Gap {
  /** How many events we had. */
  readonly at: number;
  readonly count: number;
  /** How many the sender had seen, and the hash that it said. */
  readonly target: number;
  readonly said: Uint8Array;
  /** The newest places of the chain as it must look to the sender, from index `laneFrom` on. */
  readonly laneFrom: number;
  readonly lane: readonly Uint8Array[];
  /** Other devices that had seen only part of what is missing, and how much: once each they may lag behind. */
  readonly lagging: readonly Lagging[];
  /** Timeline line that tells of it, whose device it was that named this many, and when it showed, by this device's clock. */
  readonly lineKey: string;
  readonly who: string;
  readonly device: string;
  readonly foundAt: number;
}

export interface Chain {
  readonly epoch: number;
  /** The server's time of the event that made the epoch, ms. */
  readonly startedAt: number;
  /** Events that are no longer kept, a multiple of `transcriptBlockPlaces`, and the hash behind them. */
  readonly first: number;
  readonly base: Uint8Array;
  readonly places: readonly Place[];
  /** Its last place is the commit that ended the epoch. */
  readonly ended: boolean;
  readonly agreed: readonly Agreed[];
  /** Devices whose other history has been told. */
  readonly told: readonly string[];
  /** Devices that have raised the alarm of a gap. */
  readonly raised: readonly string[];
  readonly gap?: Gap | undefined;
}

export interface Transcript {
  /** By epoch, ascending; the one of now, if it is known, comes last and has not ended. */
  readonly chains: readonly Chain[];
  /** Digest of the event that made the epoch of now; `undefined` where we came in by it. */
  readonly made: Uint8Array | undefined;
  /** Epoch of our newest message in the order: its own end and those that follow are not told yet. */
  readonly said: number;
}

/** Where an epoch begins. */
export interface Start {
  readonly epoch: number;
  readonly hash: Uint8Array;
  readonly at: number;
  readonly made?: Uint8Array | undefined;
}

export function beginTranscript(start: Start): Transcript {
  return { chains: [newChain(start)], made: start.made, said: start.epoch };
}

/** The last event ended an epoch; those before that are out of reach are dropped. */
export function nextEpoch(transcript: Transcript | undefined, start: Start): Transcript {
  if (transcript === undefined) return beginTranscript(start);
  const past = transcript.chains.map((chain) => ({ ...chain, ended: true })).slice(-retainedEpochs);
  return { ...transcript, chains: [...past, newChain(start)], made: start.made };
}

/** The epoch of now begins at this event, because a server that had lost it gives it once more (TRN-06). */
export function resumeAt(transcript: Transcript, start: Start): Transcript {
  return { ...transcript, chains: [newChain(start)], said: start.epoch };
}

function newChain({ epoch, hash, at }: Start): Chain {
  return { epoch, startedAt: at, first: 0, base: hash, places: [], ended: false, agreed: [], told: [], raised: [] };
}

export function currentChain(transcript: Transcript | undefined): Chain | undefined {
  const last = transcript?.chains.at(-1);
  return last?.ended === false ? last : undefined;
}

export function replaceChain(transcript: Transcript, chain: Chain): Transcript {
  return { ...transcript, chains: transcript.chains.map((other) => (other.epoch === chain.epoch ? chain : other)) };
}

export function lengthOf({ first, places }: Chain): number {
  return first + places.length;
}

/** `undefined`: not reached yet, or no longer kept. */
export function hashAt({ first, base, places }: Chain, index: number): Uint8Array | undefined {
  return index === first ? base : places[index - first - 1]?.hash;
}

export function headOf(chain: Chain): Uint8Array {
  return chain.places.at(-1)?.hash ?? chain.base;
}

/** One event more, also on the line that a sender of ours must be on. */
export function extend(chain: Chain, digest: Uint8Array): Chain {
  const places = [...chain.places, { digest, hash: transcriptNext(headOf(chain), digest) }];
  const next = { ...chain, places, gap: chain.gap && follow(chain.gap, digest) };
  const oldest = places[transcriptBlockPlaces - 1];
  if (oldest === undefined || places.length < transcriptPlaces + transcriptBlockPlaces) return next;
  return {
    ...next,
    first: chain.first + transcriptBlockPlaces,
    base: oldest.hash,
    places: places.slice(transcriptBlockPlaces),
  };
}

function follow(gap: Gap, digest: Uint8Array): Gap {
  const whole = [...gap.lane, transcriptNext(gap.lane.at(-1) ?? gap.said, digest)];
  const lane = whole.slice(-transcriptLanePlaces);
  return { ...gap, lane, laneFrom: gap.laneFrom + whole.length - lane.length };
}

/** A server went back by `lost` events. `isSound`: the event that made the epoch is still there (TRN-06). */
export function rewind(transcript: Transcript, lost: number, isSound: boolean): Transcript {
  const chain = currentChain(transcript);
  const length = chain === undefined ? 0 : lengthOf(chain) - lost;
  if (chain === undefined || !isSound || length < chain.first) return { ...transcript, chains: [] };
  const places = chain.places.slice(0, length - chain.first);
  const agreed = chain.agreed.filter(({ index }) => index <= length);
  return replaceChain(transcript, { ...chain, places, agreed, told: [], raised: [], gap: undefined });
}

/** What a message says that is sealed now (TRN-03). */
export function positions(transcript: Transcript | undefined): Position[] {
  if (transcript === undefined) return [];
  const current = currentChain(transcript);
  const untold = transcript.chains.filter(({ ended, epoch }) => ended && epoch >= transcript.said);
  const chains = current === undefined ? [] : [current, ...untold];
  return chains.map((chain) => toPosition(chain.epoch, lengthOf(chain), headOf(chain)));
}

export function isMade({ made }: Transcript, digest: Uint8Array): boolean {
  return made !== undefined && equalBytes(made, digest);
}
