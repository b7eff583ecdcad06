/** One GET of a server that is not trusted: bounded in time and in bytes, and never led elsewhere. SPEC CODE-05. */

import { readAtMost } from "../../protocol/read-at-most";

export type Fetched =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Headers;
      /** `undefined` when there are more bytes than were asked for. */
      readonly bytes: Uint8Array | undefined;
    }
  | { readonly kind: "unanswered"; readonly why: string };

/** `maxBytes` counts what comes out of decompression. */
export async function boundedFetch(url: string, maxBytes: number, timeoutMs: number): Promise<Fetched> {
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { accept: "*/*", "cache-control": "no-cache" },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, headers } = response;
    return { kind: "answer", status, headers, bytes: await readAtMost(response.body, maxBytes) };
  } catch (error) {
    return { kind: "unanswered", why: reasonOf(error) };
  }
}

/** fetch hides the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
