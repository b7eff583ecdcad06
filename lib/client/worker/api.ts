/** What a page can ask of the worker. Everything is plain data; secrets stay on the other side. */

import type { ErrorCode } from "../../protocol/errors";
import type { Verdict } from "../../protocol/verification-mark";
import type {
  AccountRef,
  ArchiveView,
  BanView,
  EngineEvent,
  HealthReport,
  KeyLogView,
  Role,
  RoomState,
  RoomView,
  TimelineItem,
  Trust,
  VerificationView,
} from "../engine/views";

export type {
  ArchiveView,
  BanView,
  EngineEvent,
  HealthReport,
  KeyLogView,
  LinkView,
  MemberView,
  RoomState,
  RoomView,
  TimelineItem,
  Trouble,
  VerificationView,
} from "../engine/views";
export type Connection = "connecting" | "online" | "offline" | "signed-out" | "revoked";

export type Progress = "opaque" | "keys" | "certificates" | "packages" | "saving";

export type LocalErrorCode =
  | "OFFLINE"
  | "WRONG_PASSWORD_OR_NAME"
  | "WEAK_PASSWORD"
  | "SERVER_KEY_CHANGED"
  | "WRONG_PASSWORD"
  | "VAULT_TAMPERED"
  | "VAULT_ROLLED_BACK"
  | "RECOVERY_KEY_CHARACTER"
  | "RECOVERY_KEY_LENGTH"
  | "RECOVERY_KEY_CHECKSUM"
  | "RECOVERY_KEY_OTHER"
  | "RESET_CODE_MISTYPED"
  | "STORAGE_BLOCKED"
  | "INSECURE_CONTEXT"
  | "UNSUPPORTED_BROWSER"
  | "NO_DEVICE"
  /** The device's database could not be read and was set aside. */
  | "DEVICE_SET_ASIDE"
  | "BAD_INPUT"
  | "CLOCK_WRONG"
  | "WORKER_FAILED"
  | "TEXT_TOO_LONG"
  | "STORAGE_FULL"
  // What a room or its policy forbids.
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
  | "NOT_REACHABLE"
  // Of an exported history.
  | "NO_ACCOUNT_SECRET"
  | "NOT_A_HISTORY"
  | "HISTORY_DAMAGED"
  | "HISTORY_OF_ANOTHER"
  | "LINK_CODE_BAD"
  | "LINK_SWAPPED"
  | "LINK_OVER"
  // Of safety numbers: whom the person has something to decide about first, and codes that a camera has read.
  | "PERSON_REPLACED"
  | "PERSON_DISTRUSTED"
  | "KEYRING_FULL"
  | "NOT_A_SAFETY_CODE"
  | "SAFETY_CODE_NEWER"
  | "SAFETY_CODE_OWN"
  | "SAFETY_CODE_OF_ANOTHER";

export interface CallError {
  readonly code: ErrorCode | LocalErrorCode;
  readonly retryAfterMs?: number | undefined;
}
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CallError };

/** Something that could not be read and was not deleted. */
export interface SetAside {
  readonly what: "account" | "registry";
  /** As developer tools show it. */
  readonly name: string;
  /** When, in milliseconds; `undefined` where that is not known. */
  readonly at: number | undefined;
}

export interface SignInInput {
  readonly username: string;
  readonly password: string;
  readonly deviceName: string;
}

/** What can be seen of the vault that the server keeps, without opening it. */
export interface VaultReport {
  /** `older`: than one this browser has seen. `damaged`: not a vault of this account. */
  readonly state: "sound" | "older" | "damaged";
  /** Whether a recovery key opens it beside the password. */
  readonly recoveryKey: boolean;
}

export interface AccountsApi {
  register(input: SignInInput, onProgress: (step: Progress) => void): Promise<Result<{ username: string }>>;
  login(
    input: SignInInput,
    onProgress: (step: Progress) => void,
  ): Promise<Result<{ username: string; newDevice: boolean }>>;
  passwordStrength(
    password: string,
    hints: readonly string[],
  ): Promise<Result<{ score: 0 | 1 | 2 | 3 | 4; acceptable: boolean }>>;
  vaultReport(username: string): Promise<Result<VaultReport>>;
  /** Groups of four digits; counts for nothing before `saveRecoveryKey`. */
  newRecoveryKey(): Promise<Result<{ recoveryKey: string }>>;
  /** Replaces a former one. */
  saveRecoveryKey(username: string, password: string, recoveryKey: string): Promise<Result<null>>;
  testRecoveryKey(username: string, recoveryKey: string): Promise<Result<null>>;
  changePassword(username: string, password: string, next: string): Promise<Result<null>>;
  /** Forgotten password: `input.password` is the new one. */
  recoverAccount(
    input: SignInInput,
    recoveryKey: string,
    onProgress: (step: Progress) => void,
  ): Promise<Result<{ username: string; newDevice: boolean }>>;
  /** Both lost: another account key under the same name. Without `code` this browser's device vouches. */
  resetAccount(
    input: SignInInput,
    code: string | undefined,
    onProgress: (step: Progress) => void,
  ): Promise<Result<{ username: string }>>;
  /** Before what takes a while and would be in vain with a wrong one. */
  checkPassword(username: string, password: string): Promise<Result<null>>;
  /** Final; leave all rooms before (EngineApi.leaveEverywhere). Also forgets what this browser stored of it. */
  deleteAccount(username: string, password: string): Promise<Result<null>>;
  /** Names that have a device in this browser. */
  heldAccounts(): Promise<Result<readonly string[]>>;
}

export interface DeviceRow {
  readonly deviceId: string;
  readonly name: string;
  /** The device that asks. */
  readonly own: boolean;
  /** Milliseconds since 1970, by the server's clock. */
  readonly addedAt: number;
  /** Day in UTC, as 2026-11-24. */
  readonly lastSeenOn: string | undefined;
  readonly signedIn: boolean;
  readonly certificateEndsAt: number;
  /**
   * `foreign`: the server lists it, the account never certified it. `refused`: the server calls it removed, the account
   * never said so. `expired`: its certificate is over; it renews it once its owner types the password there.
   */
  readonly state: "active" | "expired" | "revoked" | "refused" | "foreign";
}

export interface DevicesView {
  readonly devices: readonly DeviceRow[];
  /** How many devices an account may have. */
  readonly most: number;
  /** Whether this device's certificate needs the account's password again, and by when (ms). */
  readonly renewal: "none" | "due" | "over";
  readonly renewBy: number | undefined;
}

export interface DevicesApi {
  devices(username: string): Promise<Result<DevicesView>>;
  renameDevice(username: string, deviceId: string, name: string): Promise<Result<null>>;
  signOutDevice(username: string, deviceId: string): Promise<Result<null>>;
  signOutOtherDevices(username: string): Promise<Result<null>>;
  /** Tell the engine afterwards (`identityChanged`), as after a renewed certificate. */
  revokeDevice(username: string, deviceId: string, password: string): Promise<Result<null>>;
  /** Tell the engine afterwards (`identityChanged`). */
  renewCertificate(username: string, password: string): Promise<Result<null>>;
}

/** The other side of a link is there: what both screens show, and whose account it is. */
export interface LinkAnswered {
  /** Six digits. */
  readonly number: string;
  readonly username: string;
}

export interface LinkApi {
  /** On the new device: the code to show. */
  startLink(): Promise<Result<{ code: string }>>;
  /** Resolves once the other device has taken the code. */
  awaitLink(): Promise<Result<LinkAnswered>>;
  /** After its person has compared the numbers; resolves once the other device has granted. */
  finishLink(deviceName: string): Promise<Result<{ username: string }>>;
  /** On a device that is there. */
  answerLink(username: string, code: string): Promise<Result<LinkAnswered>>;
  /** After its person has compared the numbers. */
  grantLink(password: string): Promise<Result<null>>;
}

export interface RoomChange {
  readonly name?: string;
  readonly topic?: string;
  readonly invite?: RoomView["invite"];
  readonly timerMs?: number | null;
}

export interface LinkOptions {
  /** Milliseconds from now; null: never. */
  readonly expiresInMs: number | null;
  /** How often it may be used; null: without end. */
  readonly uses: number | null;
}

/**
 * Rooms that are governed. What the room's signed policy forbids is answered NOT_ALLOWED before anything is sent; every
 * other member's client would refuse it.
 */
export interface RoomsApi {
  createPrivateRoom(input: { readonly name: string; readonly topic: string }): Promise<Result<{ roomId: string }>>;
  /** The one direct room with this account, made if need be. */
  openDirect(username: string): Promise<Result<{ roomId: string }>>;
  invite(roomId: string, username: string): Promise<Result<null>>;
  acceptInvite(roomId: string): Promise<Result<null>>;
  /** Leaves nothing behind. */
  declineInvite(roomId: string): Promise<Result<null>>;
  /** `fragment`: what stands behind `#` in the address; it is the secret, and never travels to the server. */
  createLink(roomId: string, options: LinkOptions): Promise<Result<{ fragment: string }>>;
  revokeLink(roomId: string, linkId: string): Promise<Result<null>>;
  joinByLink(fragment: string): Promise<Result<{ roomId: string }>>;
  changeRoom(roomId: string, change: RoomChange): Promise<Result<null>>;
  setRole(roomId: string, accountId: string, role: Role): Promise<Result<null>>;
  removeMember(roomId: string, accountId: string, options: { readonly ban: boolean }): Promise<Result<null>>;
  unban(roomId: string, accountId: string): Promise<Result<null>>;
  closeRoom(roomId: string): Promise<Result<null>>;
  setBlocked(accountId: string, on: boolean): Promise<Result<null>>;
  blocked(): Promise<Result<readonly BanView[]>>;
  setMuted(roomId: string, on: boolean): Promise<Result<null>>;
  setFavourite(roomId: string, on: boolean): Promise<Result<null>>;
  /** Sends chosen messages, with their proof of authorship, to the room's admins. */
  report(roomId: string, messageIds: readonly string[], reason: string): Promise<Result<null>>;
}

/** Safety numbers, and what a person found out by them. */
export interface VerifyApi {
  /** Without `accountId`: whom the name means now. */
  verification(username: string, accountId?: string): Promise<Result<VerificationView>>;
  /** Compares a code that the camera has read; one that matches verifies. */
  scanSafetyCode(username: string, accountId: string, text: string): Promise<Result<"match" | "mismatch">>;
  decideVerification(username: string, accountId: string, verdict: Verdict): Promise<Result<null>>;
  /** How it stands with each of these people, in order. */
  trusts(people: readonly AccountRef[]): Promise<Result<readonly Trust[]>>;
}

/** The transparency log: what this device has seen of it, and what its person says to that. */
export interface KeyLogApi {
  keyLog(): Promise<Result<KeyLogView>>;
  /** A file that others can check. */
  keyLogEvidence(id: number): Promise<Result<{ file: Uint8Array }>>;
  settleLogAlarm(id: number): Promise<Result<null>>;
  /** These devices of the own account are the person's. */
  knowDevices(deviceIds: readonly string[]): Promise<Result<null>>;
  /** The person knows that these devices are gone. */
  knowRemovals(deviceIds: readonly string[]): Promise<Result<null>>;
  /** Goes on with the log as the server shows it now. */
  beginLogAnew(): Promise<Result<null>>;
  /** Talks to this account in spite of what the log lacks of it now. */
  acceptUnlogged(accountId: string): Promise<Result<null>>;
  /** What is missing of it holds again. */
  takeBackUnlogged(accountId: string): Promise<Result<null>>;
}

/** What this account has read: the archive for its new devices, and files of it. */
export interface HistoryApi {
  archive(): Promise<Result<ArchiveView>>;
  /** Off also deletes what the server keeps. */
  turnArchive(on: boolean): Promise<Result<null>>;
  /** Gives up what the server keeps, and writes what is on the account's devices anew. */
  beginArchiveAnew(): Promise<Result<null>>;
  /** All that this device has read, sealed for this account. */
  exportHistory(): Promise<Result<{ file: Uint8Array; lines: number }>>;
  /** Repeated it changes nothing. */
  importHistory(file: Uint8Array): Promise<Result<{ lines: number; rooms: number }>>;
}

export interface EngineApi extends RoomsApi, HistoryApi, VerifyApi, KeyLogApi {
  createRoom(name: string): Promise<Result<{ roomId: string }>>;
  join(roomId: string): Promise<Result<null>>;
  leave(roomId: string): Promise<Result<null>>;
  send(roomId: string, text: string): Promise<Result<{ messageId: string }>>;
  retry(roomId: string, messageId: string): Promise<Result<null>>;
  discard(roomId: string, messageId: string): Promise<Result<null>>;
  /** The newest page when `beforeKey` is undefined; in order. */
  earlier(roomId: string, beforeKey: string | undefined): Promise<Result<{ items: TimelineItem[]; more: boolean }>>;
  markRead(roomId: string): Promise<Result<null>>;
  /** A person has seen what the room's transcript showed (RoomView.alarm); the timeline keeps it. */
  settleAlarm(roomId: string): Promise<Result<null>>;
  /** Leaves all rooms, and waits for the goodbyes to be sent. `stuck`: rooms that could not be left, by name. */
  leaveEverywhere(): Promise<Result<{ left: number; stuck: readonly string[] }>>;
  /** Ends the session; the device and what it read stay. */
  signOut(): Promise<Result<null>>;
  rooms(): Promise<Result<RoomState[]>>;
  /** What this device could read and what it could not, since its store was made. */
  health(): Promise<Result<HealthReport>>;
  /** Databases of this account that could not be read and lie where they were. */
  setAside(): Promise<Result<readonly SetAside[]>>;
  /** This device's stored identity is another one than at the engine's start: its certificate was renewed. */
  identityChanged(): Promise<Result<null>>;
  /** NOT_FOUND when this device has never entered the room. */
  room(roomId: string): Promise<Result<RoomView>>;
}

export interface EngineConnection extends EngineApi {
  /** Tells the newest connection state at once, then everything that changes. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  close(): void;
}

export interface AccountsConnection extends AccountsApi, DevicesApi, LinkApi {
  close(): void;
}
