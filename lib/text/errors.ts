/**
 * Error code to sentence. Every code of the protocol has exactly one: a code without a sentence does not compile,
 * here for the protocol's codes, at the caller for the codes that arise in the browser.
 */

import type { ErrorCode } from "../protocol/errors";
import { text } from "./catalogue";

/** Codes that arise in the browser and never travel. */
export type LocalErrorText = keyof typeof text.localErrors;

export interface ErrorText {
  readonly code: ErrorCode | LocalErrorText;
  /** Milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Cause and cure of a protocol error. */
export function errorSentence(code: ErrorCode): string {
  return text.errors[code];
}

/** Cause and cure of any error that a page can meet, with the wait where one is known. */
export function problemSentence({ code, retryAfterMs }: ErrorText): string {
  const sentence = isLocal(code) ? text.localErrors[code] : errorSentence(code);
  return retryAfterMs === undefined ? sentence : `${sentence} ${waitSentence(retryAfterMs)}`;
}

/** Rounds up, so that nobody tries a moment too early. */
export function waitSentence(retryAfterMs: number): string {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return seconds < 100 ? text.waits.seconds(seconds) : text.waits.minutes(Math.ceil(seconds / 60));
}

function isLocal(code: ErrorText["code"]): code is LocalErrorText {
  return Object.hasOwn(text.localErrors, code);
}
