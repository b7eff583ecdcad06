/** How a step of a room's loop ends. */

import type { Failure } from "./ports";

/** Not done: the step cannot go on now; `retryMs` when trying again makes sense without an outside event. */
export type Step = { readonly done: true } | { readonly done: false; readonly retryMs?: number | undefined };

export const retryMs = 1000;

/** Offline waits for the connection, a room that is not there for the person; the rest is tried again after a while. */
export function waitAfter(error: Failure): Step {
  const waitsForOthers = error.code === "OFFLINE" || error.code === "NOT_FOUND";
  return waitsForOthers ? { done: false } : { done: false, retryMs: error.retryAfterMs ?? retryMs };
}

/** The server will never take these bytes. */
export function isFinal({ code }: Failure): boolean {
  return code === "BAD_EVENT" || code === "ID_REUSED" || code === "MALFORMED" || code === "TOO_LARGE";
}
