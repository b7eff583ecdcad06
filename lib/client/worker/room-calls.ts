/**
 * Calls of governed rooms by name: arguments parsed, then one engine method. All rooms that this engine knows are open, and
 * an open room has no roles, invitations, links or marks: its policy allows none of it.
 */

import type { Result, RoomsApi } from "./api";
import { callSchemas } from "./messages";

const badInput: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };
const notAllowed: Result<never> = { ok: false, error: { code: "NOT_ALLOWED" } };

export interface RoomsCall {
  readonly name: keyof RoomsApi;
  readonly args: readonly unknown[];
}

export function callRooms({ name, args }: RoomsCall): Result<unknown> {
  if (!callSchemas[name].safeParse(args).success) return badInput;
  return name === "blocked" ? { ok: true, value: [] } : notAllowed;
}
