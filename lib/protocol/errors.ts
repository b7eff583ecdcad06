/**
 * The closed list of error codes that cross a boundary (HTTP, socket, worker). Each has one HTTP status here and
 * one sentence with its cure in lib/text. Adding a code without its sentence fails to compile.
 */

export const errorStatus = {
  /** The body, query or event does not fit its schema. */
  MALFORMED: 400,
  /** Not valid JSON, or not UTF-8. */
  BAD_JSON: 400,
  BAD_CERTIFICATE: 400,
  /** A vault, or a word about the account, that the account key did not sign or that is not of this account. */
  BAD_VAULT: 400,
  BAD_KEY_PACKAGE: 400,
  /** Not a revocation of this device by its account's key. */
  BAD_REVOCATION: 400,
  BAD_EVENT: 400,
  /** Wrong name or wrong password; never which. */
  WRONG_CREDENTIALS: 401,
  /** The recovery key is not that of the name, or there is no such name; never which. */
  WRONG_RECOVERY_KEY: 401,
  /** Not the code that the host printed for this name, or used or too old. */
  WRONG_RESET_CODE: 401,
  /** No session, or an expired one. */
  NOT_SIGNED_IN: 401,
  /** The socket has not proven its device key. */
  NOT_PROVEN: 401,
  BAD_PROOF: 401,
  LOGIN_EXPIRED: 401,
  /** Origin absent where it is owed, null, or foreign. */
  FOREIGN_ORIGIN: 403,
  DEVICE_REVOKED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NAME_TAKEN: 409,
  ROOM_NAME_TAKEN: 409,
  DEVICE_EXISTS: 409,
  TOO_MANY_DEVICES: 409,
  /** The same client-made id came with other bytes. */
  ID_REUSED: 409,
  /** Somebody saved another version in between. */
  VERSION_CONFLICT: 409,
  /** This part of a link was said already: each is said once. */
  LINK_USED: 409,
  TOO_LARGE: 413,
  /** The account's archive holds as much as this server keeps for one. */
  ARCHIVE_FULL: 413,
  WRONG_CONTENT_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export interface ErrorBody {
  readonly code: ErrorCode;
  /** Present with TOO_MANY_REQUESTS: wait this long, in milliseconds. */
  readonly retryAfterMs?: number;
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorStatus, text);
}
