/** An expected refusal on its way to the boundary: only its code, and the wait if there is one, get out. */

import { isErrorCode, type ErrorCode } from "../protocol/errors";

export class Refused extends Error {
  override readonly name = "Refused";

  constructor(
    readonly code: ErrorCode,
    readonly retryAfterMs?: number,
  ) {
    super(code);
  }
}

/**
 * The refusal in what was thrown, or `undefined` for any other failure. By shape and not by class: services run in
 * server.ts, route handlers in Next's bundles, and each has a copy of the class of its own.
 */
export function refusalIn(error: unknown): Refused | undefined {
  if (error instanceof Refused) return error;
  if (!(error instanceof Error) || error.name !== "Refused" || !("code" in error)) return undefined;
  const { code } = error;
  if (typeof code !== "string" || !isErrorCode(code)) return undefined;
  const retryAfterMs = "retryAfterMs" in error ? error.retryAfterMs : undefined;
  return new Refused(code, typeof retryAfterMs === "number" ? retryAfterMs : undefined);
}
