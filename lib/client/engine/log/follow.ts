/**
 * Following the log's head (SPEC LOG-10): a checkpoint counts when the log's key has signed it and it continues the newest
 * one that this device knows. One that does not is evidence, and changes nothing else.
 */

import { openCheckpoint } from "../../../crypto/account/log-signature";
import { equalBytes, utf8 } from "../../../protocol/bytes";
import {
  decodeNote,
  decodeVerifier,
  encodeNote,
  signatureOf,
  type Checkpoint,
  type Verifier,
} from "../../../protocol/log/checkpoint";
import { checkConsistency, hashBytes, type ProofFailure } from "../../../protocol/log/merkle";
import type { Transport } from "../ports";
import type { LogBook } from "./book";

export interface LogHost {
  readonly transport: Pick<Transport, "request">;
}

/** `later`: the server does not answer now. `refused`: it is no continuation; the alarm is raised. */
export type Followed = Checkpoint | "later" | "refused";

/** The newest checkpoint that counts; `undefined` before the first. */
export async function headOf(book: LogBook): Promise<Checkpoint | undefined> {
  const { state } = book;
  const verifier = state && decodeVerifier(state.verifier);
  return verifier && state.note !== undefined ? await openCheckpoint(utf8(state.note), verifier) : undefined;
}

export async function follow(host: LogHost, book: LogBook, note: string): Promise<Followed> {
  const { state } = book;
  const verifier = state && decodeVerifier(state.verifier);
  if (state === undefined || verifier === undefined) return "later";
  const known = await headOf(book);
  const notes = state.note === undefined ? [note] : [state.note, note];
  const opened = await openOwn(note, verifier);
  const shown = opened?.checkpoint;
  if (opened === undefined || shown === undefined) {
    await book.alarm("other-key", { notes });
    return "refused";
  }
  if (known !== undefined && shown.size < known.size) {
    await book.alarm("shrunk", { notes });
    return "refused";
  }
  const continues = known === undefined ? true : await isContinuation(host, known, shown);
  if (continues === "later") return "later";
  if (continues !== true) {
    await book.alarm("split-view", { notes, ...continues });
    return "refused";
  }
  if (known === undefined || shown.size > known.size) await book.update({ note: opened.note });
  return shown;
}

/**
 * The checkpoint, and the note with the log's own signature only: others may stand beside it, and what this device passes on has one form
 * and a length.
 */
export async function openOwn(
  note: string,
  verifier: Verifier,
): Promise<{ checkpoint: Checkpoint; note: string } | undefined> {
  const bytes = utf8(note);
  const checkpoint = await openCheckpoint(bytes, verifier);
  const decoded = decodeNote(bytes);
  const signature = decoded && signatureOf(decoded, verifier);
  if (checkpoint === undefined || signature === undefined) return undefined;
  return { checkpoint, note: encodeNote(checkpoint, verifier, signature) };
}

/** `later`: the server does not answer now; else why not, without a check where it refused to prove it. */
export type Continuation = true | "later" | { readonly check?: ProofFailure };

/** Whether the newer begins with the older. A server that refuses to prove it has not proven it. */
export async function isContinuation(
  { transport }: LogHost,
  older: Checkpoint,
  newer: Checkpoint,
): Promise<Continuation> {
  if (older.size === newer.size) return equalBytes(older.root, newer.root) || { check: "WRONG_ROOT" };
  if (older.size === 0) return true;
  const asked = await transport.request("log:consistency", { from: older.size, to: newer.size });
  if (!asked.ok) return asked.error.code === "MALFORMED" || asked.error.code === "NOT_FOUND" ? {} : "later";
  const proof = hashesOf(asked.value.proof);
  const claim = { from: older.size, oldRoot: older.root, to: newer.size, newRoot: newer.root, proof };
  const check = checkConsistency(claim);
  return check === undefined || { check };
}

/** Of a proof as it travels: one hash behind the other. */
export function hashesOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / hashBytes }, (_, at) => bytes.slice(at * hashBytes, (at + 1) * hashBytes));
}
