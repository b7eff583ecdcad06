/**
 * The transcript at rest: one record that says what there is, and rows of places beside it, so that a message rewrites one
 * block and no history. Strict on the way in: what does not fit together is a damaged store.
 */

import { z } from "zod";

import { concatBytes, equalBytes, fromBase64Url, toBase64Url } from "../../protocol/bytes";
import {
  retainedEpochs,
  transcriptBlockPlaces,
  transcriptLanePlaces,
  transcriptPlaces,
  transcriptToldMax,
  transcriptWitnesses,
} from "../../protocol/limits";
import { transcriptHashBytes } from "../../protocol/transcript";
import type { Store } from "./ports";
import { decodeRecord, encodeRecord, StoreCorrupt, type RoomKeys } from "./records";
import type { Chain, Place, Transcript } from "./transcript";

const placeBytes = 2 * transcriptHashBytes;
const count = z.int().min(0);
const hash = z.string().transform((text, context) => {
  const bytes = fromBase64Url(text);
  if (bytes?.length === transcriptHashBytes) return bytes;
  context.issues.push({ code: "custom", message: "not a hash", input: text });
  return z.NEVER;
});

const chainSchema = z.strictObject({
  epoch: count,
  startedAt: z.number(),
  first: count.multipleOf(transcriptBlockPlaces),
  base: hash,
  length: count.max(transcriptPlaces + transcriptBlockPlaces),
  ended: z.boolean(),
  agreed: z.array(z.strictObject({ device: z.string(), index: count, at: z.number() })).max(transcriptWitnesses),
  told: z.array(z.string()).max(transcriptToldMax),
  raised: z.array(z.string()).max(transcriptToldMax).default([]),
  gap: z
    .strictObject({
      at: count,
      count,
      target: count,
      said: hash,
      laneFrom: count,
      lane: z.array(hash).max(transcriptLanePlaces),
      lagging: z
        .array(z.strictObject({ device: z.string(), index: count }))
        .max(transcriptWitnesses)
        .default([]),
      lineKey: z.string(),
      who: z.string(),
      device: z.string().default(""),
      foundAt: z.number(),
    })
    .optional(),
});
const transcriptSchema = z.strictObject({
  v: z.literal(1),
  chains: z.array(chainSchema).max(retainedEpochs + 1),
  made: hash.optional(),
  said: count,
});

/** What to write so that a store which holds `before` holds `after`; `undefined` deletes. */
export function transcriptWrites(
  keys: RoomKeys,
  before: Transcript | undefined,
  after: Transcript | undefined,
): ReadonlyMap<string, Uint8Array | undefined> {
  const writes = new Map<string, Uint8Array | undefined>();
  if (before === after) return writes;
  // A chain that was not added to shares its places.
  const isKept = ({ epoch, places }: Chain) => {
    const has = (one: Chain) => one.epoch === epoch && one.places === places;
    return before?.chains.some(has) === true && after?.chains.some(has) === true;
  };
  const held = blocksOf(keys, before, isKept);
  const wanted = blocksOf(keys, after, isKept);
  for (const key of held.keys()) if (!wanted.has(key)) writes.set(key, undefined);
  for (const [key, places] of wanted) if (!isSame(held.get(key), places)) writes.set(key, encodeBlock(places));
  writes.set(keys.transcript, after && encodeRecord(recordOf(after)));
  return writes;
}

/** `undefined` when the room has none. Throws `StoreCorrupt`. */
export async function readTranscript(store: Store, keys: RoomKeys): Promise<Transcript | undefined> {
  const bytes = await store.get(keys.transcript);
  if (bytes === undefined) return undefined;
  const { chains, made, said } = decodeRecord(transcriptSchema, keys.transcript, bytes);
  const rows = new Map((await store.list(keys.placesPrefix)).map(({ key, value }) => [key, value]));
  return { chains: chains.map((chain) => withPlaces(keys, rows, chain)), made, said };
}

function recordOf({ chains, made, said }: Transcript): z.input<typeof transcriptSchema> {
  return {
    v: 1,
    chains: chains.map(({ places, base, gap, ...chain }) => ({
      ...chain,
      base: toBase64Url(base),
      agreed: [...chain.agreed],
      told: [...chain.told],
      raised: [...chain.raised],
      gap: gap && { ...gap, lagging: [...gap.lagging], said: toBase64Url(gap.said), lane: gap.lane.map(toBase64Url) },
      length: places.length,
    })),
    made: made && toBase64Url(made),
    said,
  };
}

/** The rows of the chains by key. */
function blocksOf(
  keys: RoomKeys,
  transcript: Transcript | undefined,
  isKept: (chain: Chain) => boolean,
): Map<string, readonly Place[]> {
  const blocks = new Map<string, readonly Place[]>();
  for (const chain of transcript?.chains ?? []) {
    const { epoch, first, places } = chain;
    if (isKept(chain)) continue;
    for (let from = 0; from < places.length; from += transcriptBlockPlaces) {
      const block = (first + from) / transcriptBlockPlaces;
      blocks.set(keys.places(epoch, block), places.slice(from, from + transcriptBlockPlaces));
    }
  }
  return blocks;
}

/** A place's hash covers all that is before it. */
function isSame(held: readonly Place[] | undefined, wanted: readonly Place[]): boolean {
  const [last, other] = [held?.at(-1), wanted.at(-1)];
  if (held?.length !== wanted.length || last === undefined || other === undefined) return false;
  return last === other || equalBytes(last.hash, other.hash);
}

function encodeBlock(places: readonly Place[]): Uint8Array {
  return concatBytes(...places.flatMap(({ digest, hash }) => [digest, hash]));
}

function withPlaces(
  keys: RoomKeys,
  rows: ReadonlyMap<string, Uint8Array>,
  { length, ...chain }: z.output<typeof chainSchema>,
): Chain {
  const places: Place[] = [];
  for (let from = 0; from < length; from += transcriptBlockPlaces) {
    const key = keys.places(chain.epoch, (chain.first + from) / transcriptBlockPlaces);
    const bytes = rows.get(key);
    const wanted = Math.min(transcriptBlockPlaces, length - from) * placeBytes;
    if (bytes?.length !== wanted) throw new StoreCorrupt(`stored record ${key} does not fit the transcript`);
    for (let at = 0; at < wanted; at += placeBytes) {
      const middle = at + transcriptHashBytes;
      places.push({ digest: bytes.slice(at, middle), hash: bytes.slice(middle, at + placeBytes) });
    }
  }
  return { ...chain, places };
}
