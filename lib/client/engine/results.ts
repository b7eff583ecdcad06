/** What the engine answers a person: a value, or a closed code. */

import type { CodeRefusal } from "../../protocol/verification-code";
import type { FailureCode } from "./ports";

/** What a room's policy, or the state of an account, forbids. */
export type RoomErrorCode =
  | "NOT_ALLOWED"
  | "LAST_ADMIN"
  | "PERSON_BLOCKED"
  | "NO_SUCH_ACCOUNT"
  | "ALREADY_MEMBER"
  | "BANNED"
  | "LINK_INVALID"
  | "LINK_EXPIRED"
  | "LINK_USED_UP"
  | "ROOM_CLOSED"
  | "NOT_REACHABLE";
/** Of an exported history. */
export type HistoryErrorCode = "NO_ACCOUNT_SECRET" | "NOT_A_HISTORY" | "HISTORY_DAMAGED" | "HISTORY_OF_ANOTHER";
/** Of whom the person has something to decide first, and of codes that a camera has read. */
export type TrustErrorCode =
  "PERSON_REPLACED" | "PERSON_DISTRUSTED" | "KEYRING_FULL" | CodeRefusal | "SAFETY_CODE_OWN" | "SAFETY_CODE_OF_ANOTHER";
export type EngineErrorCode =
  FailureCode | RoomErrorCode | HistoryErrorCode | TrustErrorCode | "TEXT_TOO_LONG" | "BAD_INPUT" | "STORAGE_FULL";
export type EngineResult<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { readonly code: EngineErrorCode; readonly retryAfterMs?: number | undefined };
    };

export function ok<T>(value: T): EngineResult<T> {
  return { ok: true, value };
}

export function bad(code: EngineErrorCode): Extract<EngineResult<null>, { ok: false }> {
  return { ok: false, error: { code } };
}

export const notFound = bad("NOT_FOUND");
