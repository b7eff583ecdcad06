/** What a page shows in place of an error that the services have a code for: too often, not there. */

import { headers } from "next/headers";

import { isErrorCode, type ErrorCode } from "@/lib/protocol/errors";
import { getServices } from "@/lib/server/context";
import { addressHeader } from "@/lib/server/http/address";

export interface Refusal {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
}
export type Looked<T> = { readonly ok: true; readonly found: T } | { readonly ok: false; readonly error: Refusal };

/** One look-up by the reader's address, under the same limit as the API. Throws what has no code. */
export async function lookUp<T>(look: () => Promise<T>): Promise<Looked<T>> {
  try {
    await getServices().limits.take("lookup", (await headers()).get(addressHeader) ?? "unknown");
    return { ok: true, found: await look() };
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    return { ok: false, error: refused };
  }
}

/** By shape: the services' classes come from another bundle than this file (see lib/server/context). */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code } = error;
  if (typeof code !== "string" || !isErrorCode(code)) return undefined;
  const wait = "retryAfterMs" in error ? error.retryAfterMs : undefined;
  return { code, retryAfterMs: typeof wait === "number" ? wait : undefined };
}
