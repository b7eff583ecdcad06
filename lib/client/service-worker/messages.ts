/** What pages and the service worker say to each other. Both ends parse; no package, because the worker stays small. */

import { isBuildHash } from "../../protocol/code/manifest";

/** What a page sends to be told the state. */
export const askState = "state";

export interface WatchState {
  readonly type: "code";
  /** Hash of the build that new pages run; `undefined` when none was accepted. */
  readonly accepted: string | undefined;
  /** Hash of what the server states now; `undefined` when it states nothing or is out of reach. */
  readonly served: string | undefined;
  /** Whether the accepted build brings another service worker than the one before: then one that waits is no surprise. */
  readonly expectsAnother: boolean;
  /** What was sent as code of late and was not let through. */
  readonly refused: readonly string[];
}

export function isWatchState(data: unknown): data is WatchState {
  if (typeof data !== "object" || data === null) return false;
  const { type, accepted, served, expectsAnother, refused } = data as Partial<Record<keyof WatchState, unknown>>;
  return (
    type === "code" &&
    [accepted, served].every((hash) => hash === undefined || isBuildHash(hash)) &&
    typeof expectsAnother === "boolean" &&
    Array.isArray(refused) &&
    refused.every((item) => typeof item === "string")
  );
}
