/** One sentence or two per error code: the cause, then the cure. Never which of name and password was wrong. */

import type { ErrorCode } from "../../protocol/errors";
import { counted } from "./plural";

export const errors: Readonly<Record<ErrorCode, string>> = {
  MALFORMED: "The server did not understand this request. Reload the page so that both run the same version.",
  BAD_JSON: "The request was not valid JSON in UTF-8. Send well-formed JSON.",
  BAD_CERTIFICATE:
    "The server refused a certificate because it does not fit the profile. Check this device's clock, then try again.",
  BAD_VAULT:
    "The server refused this because it is not signed by the account's key, or not for this account. Reload the page and try again.",
  BAD_KEY_PACKAGE: "The server refused the join keys of this device. Reload the page and try again.",
  BAD_REVOCATION:
    "The server refused to remove the device because the account's signature does not fit. Reload the page and try again.",
  BAD_EVENT: "The server refused this because it is not a valid room event. Reload the page and try again.",
  WRONG_CREDENTIALS: "That name and password do not fit together. Check both and try again.",
  WRONG_RECOVERY_KEY:
    "That name and recovery key do not fit together. Check the name, and whether you have replaced the key since.",
  WRONG_RESET_CODE:
    "That code is not for this name, was used already, or is older than a day. Ask whoever runs this server for a new one.",
  NOT_SIGNED_IN: "You are not signed in, or it was too long ago. Sign in again.",
  NOT_PROVEN: "This connection has not shown its device key yet. Reload the page.",
  BAD_PROOF:
    "The server could not check the key of this device. Reload the page; if that does not help, sign in again.",
  LOGIN_EXPIRED: "Signing in took too long and was called off. Try again.",
  FOREIGN_ORIGIN: "The request came from another site, so it was refused. Open this site at its own address.",
  DEVICE_REVOKED: "This device was removed from the account. Sign in again to set it up as a new one.",
  NOT_FOUND: "There is nothing here by that name. Check the spelling, or go back.",
  METHOD_NOT_ALLOWED: "This address does not take that kind of request. See which methods it allows.",
  NAME_TAKEN: "Somebody already has this name. Choose another one, or sign in if it is yours.",
  ROOM_NAME_TAKEN: "A room with this name exists already. Join that one, or choose another name.",
  DEVICE_EXISTS: "This device is registered already. Sign in instead.",
  TOO_MANY_DEVICES:
    "This account has as many devices as it may have. Remove one that you no longer use, then try again.",
  ID_REUSED: "The same request came twice with different contents. Reload the page and try again.",
  VERSION_CONFLICT: "Another of your devices changed this at the same moment. Try again.",
  LINK_USED: "This code was used already. Show a new one on the new device and begin again.",
  TOO_LARGE: "That is larger than the server takes. Send less at once.",
  ARCHIVE_FULL:
    "The server keeps no more history for this account. What you have read stays on your devices: export it, then begin the archive anew.",
  WRONG_CONTENT_TYPE: "The server takes only JSON here. Send it with the content type application/json.",
  TOO_MANY_REQUESTS: "That was too often in a short time. Wait a little, then try again.",
  INTERNAL: "Something broke on the server. Try again in a moment.",
  UNAVAILABLE: "The server cannot answer properly at the moment. Try again shortly.",
};

/** What can go wrong in the browser itself. */
export const localErrors = {
  OFFLINE: "The server cannot be reached. Check your connection, then try again.",
  WRONG_PASSWORD_OR_NAME: "That name and password do not fit together. Check both and try again.",
  WRONG_PASSWORD: "That is not the password of this account. Check it and try again.",
  WEAK_PASSWORD: "This password could be guessed. Use a longer one; four unrelated words are good.",
  SERVER_KEY_CHANGED:
    "The server shows another key than the one this browser knows. Do not go on: ask whoever runs it, over another channel, what happened.",
  VAULT_TAMPERED:
    "What the server stored for this account does not fit its keys: it was changed or exchanged. Do not go on, and ask whoever runs the server. If it handed out an older copy, your recovery key may still open the newest one.",
  VAULT_ROLLED_BACK:
    "The server handed out an older copy of your locked account key than this browser has seen. Nothing was changed. Ask whoever runs the server whether a backup was restored.",
  LINK_CODE_BAD: "That is not a whole code. It has twenty letters and digits in groups of four.",
  LINK_SWAPPED:
    "What came back does not belong to this code: it was changed on the way. Nothing was linked. Begin again, and if it happens again, ask whoever runs the server.",
  LINK_OVER: "This code is over or was never shown here. Show a new one on the new device and begin again.",
  RECOVERY_KEY_CHARACTER:
    "A recovery key has only digits and letters, without U. Some sign here is another one: compare it with your copy.",
  RECOVERY_KEY_LENGTH: "A recovery key has eight groups of four. Some are missing here, or there are too many.",
  RECOVERY_KEY_CHECKSUM: "At least one sign of this recovery key is wrong. Compare it group by group with your copy.",
  RECOVERY_KEY_OTHER:
    "This is a recovery key, but not the one that opens your account now. Look for a newer copy, or make a new key below.",
  RESET_CODE_MISTYPED: "At least one sign of this code is wrong. Compare it group by group with what you were given.",
  STORAGE_BLOCKED:
    "This browser does not let the page store anything, so it cannot keep your keys. Leave private mode or allow storage for this site, then reload.",
  INSECURE_CONTEXT:
    "Browsers allow cryptography only over HTTPS or on localhost. Open this site at its https:// address.",
  UNSUPPORTED_BROWSER:
    "This browser lacks cryptography that is needed here (Ed25519 and X25519). Update it or use a current Firefox, Chrome or Safari.",
  NO_DEVICE: "This browser holds no keys for this account. Sign in once more to set it up.",
  DEVICE_SET_ASIDE:
    "What this browser stored for this account can no longer be read. It was set aside, not deleted: sign in again, and this browser joins your rooms anew.",
  BAD_INPUT: "This cannot be used as it is. Check what you typed.",
  CLOCK_WRONG: "This device's clock is wrong by more than a day. Set it right, then try again.",
  WORKER_FAILED: "The part of the page that holds your keys has stopped. Reload the page; nothing is lost.",
  STORAGE_FULL:
    "This device has no room left to store what you write, so it was not sent. Make room, then try again; nothing that waits is lost.",
  NOT_ALLOWED: "This room does not allow you to do that. Ask one of its admins.",
  PERSON_BLOCKED: "You have blocked this person. Lift the block first, then write to them.",
  LAST_ADMIN: "You are the last admin of this room. Make somebody else an admin first, then leave.",
  PERSON_REPLACED:
    "This name has another key now than when you met it: it may be a new account, or somebody else. Compare safety numbers or accept the new key on the person's Verify page first.",
  PERSON_DISTRUSTED:
    "You found that the safety numbers with this person do not match, so nothing is sent to them. Compare again on their Verify page first.",
  KEYRING_FULL:
    "Your account keeps as many verified people, rooms and blocks as it can, so this was not stored. Leave rooms you no longer need, then try again.",
  NOT_A_SAFETY_CODE:
    "That is not a safety code of Sealroom. Scan the code on the other person's Verify page, or compare the digits.",
  SAFETY_CODE_NEWER:
    "That code comes from a newer version of this page. Reload here to get the newest version, then scan it again, or compare the digits.",
  SAFETY_CODE_OWN: "That is your own code. Scan the one on the other person's screen.",
  SAFETY_CODE_OF_ANOTHER:
    "That code belongs to somebody else whom you know. Scan the one on the screen of the person named here.",
  NO_SUCH_ACCOUNT: "Nobody here has that name. Check how it is spelled.",
  ALREADY_MEMBER: "This account is in the room already. There is nothing left to do.",
  BANNED: "This account is banned from the room. An admin of the room can lift the ban.",
  LINK_INVALID:
    "This link does not fit any room here: it may be cut off, or it was revoked. Ask whoever sent it for a new one.",
  LINK_EXPIRED: "This link has expired. Ask whoever sent it for a new one.",
  LINK_USED_UP: "This link has been used as often as it may be. Ask whoever sent it for a new one.",
  ROOM_CLOSED: "This room was closed by an admin. It can be read by who was in it, and nobody can join or write.",
  NOT_REACHABLE:
    "No device of this account has keys ready on the server, so it cannot be reached now. Try again once the person has been online.",
  NO_ACCOUNT_SECRET:
    "This browser signed in before your devices shared a key for this. Sign in here once more, then try again.",
  NOT_A_HISTORY: "That is not a history file of Sealroom. Choose one that was exported here.",
  HISTORY_DAMAGED: "That file is incomplete or was changed, so nothing of it was taken. Look for another copy.",
  HISTORY_OF_ANOTHER:
    "That file belongs to another account, or to this name before its key was replaced. Only that account can open it.",
  TEXT_TOO_LONG: "This message is too long. Shorten it or send it in parts.",
} as const;

export const waits = {
  seconds: (count: number) => `Try again in ${counted(count, "second", "seconds")}.`,
  minutes: (count: number) => `Try again in ${counted(count, "minute", "minutes")}.`,
} as const;
