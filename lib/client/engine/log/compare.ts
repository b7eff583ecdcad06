/**
 * A checkpoint that somebody else has seen, out of an encrypted message (SPEC LOG-13). If it is not of the log that this device
 * sees, the server shows two; the two checkpoints are the proof, signed by its own key.
 */

import { decodeVerifier, peekNote } from "../../../protocol/log/checkpoint";
import type { AccountRef } from "../views";
import type { LogBook } from "./book";
import { follow, headOf, isContinuation, openOwn, type LogHost } from "./follow";

/** False: it could not be said now, or the alarm found no room. */
export async function compare(host: LogHost, book: LogBook, note: string, by: AccountRef): Promise<boolean> {
  // Anybody can write anything: what is no checkpoint says nothing about the server.
  if (peekNote(note) === undefined) return true;
  const { state } = book;
  const verifier = state && decodeVerifier(state.verifier);
  const known = await headOf(book);
  if (state?.note === undefined || verifier === undefined || known === undefined) return false;
  const opened = await openOwn(note, verifier);
  if (opened === undefined) {
    await book.alarm("other-key", { notes: [state.note, note], by });
    return true;
  }
  const { checkpoint: told, note: theirs } = opened;
  if (told.size <= known.size) {
    const fits = await isContinuation(host, told, known);
    if (typeof fits === "object") return await book.alarm("split-view", { notes: [state.note, theirs], by, ...fits });
    return fits !== "later";
  }
  const asked = await host.transport.request("log:head", {});
  if (!asked.ok) return false;
  const head = await follow(host, book, asked.value.note);
  if (head === "later") return false;
  if (head === "refused") return true;
  const own = book.state?.note ?? state.note;
  if (head.size < told.size) {
    return await book.alarm("stale", { notes: [own, theirs], by });
  }
  const fits = await isContinuation(host, told, head);
  if (typeof fits === "object") return await book.alarm("split-view", { notes: [own, theirs], by, ...fits });
  return fits !== "later";
}
