/**
 * Seals the account's history: chunks of the archive that the server keeps, and chunks of an exported file (SPEC ARC-03,
 * ARC-09). Each opens at its own place only, so that chunks cannot be exchanged, repeated or taken from another archive.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { toHex } from "@/lib/protocol/bytes";
import { openForAccount, sealForAccount, type SealPlace } from "./account-seal";

export type HistoryPlace =
  | {
      readonly in: "archive";
      readonly accountId: string;
      readonly generation: number;
      readonly number: number;
      readonly revision: number;
    }
  /** `of`: how many chunks the file has. */
  | {
      readonly in: "file";
      readonly accountId: string;
      readonly fileId: string;
      readonly number: number;
      readonly of: number;
    };

export async function sealHistory(secret: Uint8Array, place: HistoryPlace, plaintext: Uint8Array): Promise<Uint8Array> {
  return await sealForAccount(secret, placeOf(place), plaintext);
}

/** `undefined`: not sealed with this secret for this place, or damaged. */
export async function openHistory(
  secret: Uint8Array,
  place: HistoryPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  return await openForAccount(secret, placeOf(place), sealed);
}

/** By which the next chunk names this one. */
export function chunkHash(sealed: Uint8Array): string {
  return toHex(sha256(sealed));
}

function placeOf(place: HistoryPlace): SealPlace {
  const { accountId } = place;
  return place.in === "archive"
    ? { purpose: "sealroom/archive/v1", accountId, at: [place.generation, place.number, place.revision] }
    : { purpose: "sealroom/history-file/v1", accountId, at: [place.fileId, place.number, place.of] };
}
