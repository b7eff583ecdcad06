/** C2SP tlog-tiles: how the log's hashes and entries are cut into files that never change, and what those are called. */
import { concatBytes } from "../bytes";
import { logEntryMaxBytes } from "./entries";
import { hashBytes } from "./merkle";

/** Hashes in a tile, entries in a bundle; a tile's levels are 8 of the tree's. */
export const tileWidth = 256;
export const tileHeight = 8;
/** A tree of 2^53 entries has no tile above this level. */
const tileLevelMax = 6;

export interface Tile {
  /** 0 and up, or of the entries themselves. */
  readonly level: number | "entries";
  readonly index: number;
  /** Hashes or entries in it, 1 to 256. */
  readonly width: number;
}

export const entryBundleMaxBytes = tileWidth * (2 + logEntryMaxBytes);

/** What follows `/tile/`. Index 1234067 is `x001/x234/067`; a tile that is not full has `.p/` and its width behind that. */
export function tilePath({ level, index, width }: Tile): string {
  const groups: string[] = [];
  let rest = index;
  do {
    groups.unshift(String(rest % 1000).padStart(3, "0"));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  const name = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join("/");
  return `${String(level)}/${name}${width === tileWidth ? "" : `.p/${String(width)}`}`;
}

/** Only what `tilePath` writes; `undefined` otherwise. */
export function parseTilePath(path: string): Tile | undefined {
  const found = /^(entries|\d)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (found === null) return undefined;
  const [, levelText = "", groups = "", widthText] = found;
  const level: Tile["level"] = levelText === "entries" ? "entries" : Number(levelText);
  if (level !== "entries" && level > tileLevelMax) return undefined;
  const index = Number(groups.replaceAll(/[x/]/g, ""));
  const width = widthText === undefined ? tileWidth : Number(widthText);
  const tile = { level, index, width };
  return Number.isSafeInteger(index) && width >= 1 && width <= tileWidth && tilePath(tile) === path ? tile : undefined;
}

/** One by one, since a size may be any number: the tiles of one level in a tree of this size, from the `from`th of its hashes or entries on. */
export function* tilesOf(level: Tile["level"], size: number, from = 0): Generator<Tile> {
  const count = Math.floor(size / tileWidth ** (level === "entries" ? 0 : level));
  for (let index = Math.floor(from / tileWidth); index * tileWidth < count; index++) {
    yield { level, index, width: Math.min(tileWidth, count - index * tileWidth) };
  }
}

/** Each entry behind its length, uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...entries.flatMap((entry) => [Uint8Array.of(Math.floor(entry.length / 256), entry.length % 256), entry]),
  );
}

/** `undefined` unless it is exactly `width` entries, none too large. */
export function decodeBundle(bytes: Uint8Array, width: number): Uint8Array[] | undefined {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    const end = at + 2 + length;
    if (end > bytes.length || length > logEntryMaxBytes || entries.length >= width) return undefined;
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  return entries.length === width ? entries : undefined;
}

/** `undefined` unless it is exactly `width` hashes. */
export function decodeHashes(bytes: Uint8Array, width: number): Uint8Array[] | undefined {
  if (bytes.length !== width * hashBytes) return undefined;
  return Array.from({ length: width }, (_, at) => bytes.slice(at * hashBytes, (at + 1) * hashBytes));
}
