/** What the engine shows: plain data that crosses to the page and is rendered as it is. */

import type { ProofFailure } from "../../protocol/log/merkle";
import type { LogAlarmKind } from "./log/records";

export type RoomKind = "open" | "private" | "direct";
/** `invited`: this device has the keys of the room and shows nothing of it until a person accepts. */
export type Membership = "none" | "invited" | "joining" | "joined" | "leaving";
export type Role = "admin" | "member";

export interface AccountRef {
  readonly username: string;
  readonly accountId: string;
}

/**
 * How it stands with a name and its account key. `verified`: safety numbers were compared and match. `new-key`: the name was met with
 * another key before. `replaced`: that other key was verified, or found to be wrong. `mismatch`: safety numbers do not match.
 */
export const trusts = ["verified", "unverified", "new-key", "replaced", "mismatch"] as const;
export type Trust = (typeof trusts)[number];

/** Because of whom nothing that is said leaves this device, until a person decides (VER-09). */
export interface Hold extends AccountRef {
  /** `unlogged`: a key of theirs is not in the transparency log. */
  readonly why: Extract<Trust, "replaced" | "mismatch"> | "unlogged";
}

/** One person on the Verify page, with one account key. */
export interface VerificationView extends AccountRef {
  /** Sixty digits in groups of five; both people see the same. */
  readonly number: string;
  /** What the QR code says. */
  readonly code: string;
  readonly trust: Trust;
  /** When the mark was made that counts now, in milliseconds since 1970. */
  readonly markedAt: number | undefined;
  /** It was verified on a device that was given up since: that vouches no more. */
  readonly lapsed: boolean;
  /** The direct room with exactly this account. */
  readonly roomId: string | undefined;
  /** `no-room`: there is no direct room in which either could tell the other. `silent`: nothing was said yet. */
  readonly peer: "no-room" | "silent" | "match" | "mismatch";
}

export interface RoomState {
  readonly roomId: string;
  /** From the room's signed policy; of a direct room the other account's name. */
  readonly name: string;
  readonly kind: RoomKind;
  readonly membership: Membership;
  /** Of direct rooms only: the other account. */
  readonly peer?: AccountRef | undefined;
  /** While `invited`: who asks. */
  readonly invitedBy?: AccountRef | undefined;
  /** Of who asks while `invited`, and of a direct room's other account; `undefined` for all else. */
  readonly trust?: Trust | undefined;
  /** While `invited`: who asks is in no room that this account has accepted. */
  readonly stranger?: boolean | undefined;
  readonly unread: number;
  /** Unread messages that name this account; at most `unread`. */
  readonly mentions: number;
  readonly lastText: string | undefined;
  readonly lastAt: number | undefined;
  readonly muted: boolean;
  readonly favourite: boolean;
  /** Closed by an admin: it can be read and no longer written in. */
  readonly closed: boolean;
}

export interface MemberDevice {
  readonly deviceId: string;
  /** This very device. */
  readonly own: boolean;
  /** Hash of the build that it says it runs; `undefined`: it has not said. */
  readonly build?: string | undefined;
}

export interface MemberView extends AccountRef {
  readonly role: Role;
  readonly deviceCount: number;
  readonly devices: readonly MemberDevice[];
  /** This name was first met with another account key: someone else may be using it. */
  readonly keyChanged: boolean;
  readonly trust: Trust;
  /** False while an invitation has not been answered. */
  readonly accepted: boolean;
}

export interface LinkView {
  readonly id: string;
  readonly by: AccountRef;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
  /** How often it may be used; null: without end. */
  readonly uses: number | null;
  readonly used: number;
  /** The fragment of its address: only on the device that made it. */
  readonly address?: string | undefined;
}

export interface BanView {
  readonly accountId: string;
  readonly username?: string | undefined;
}

export interface RoomView {
  readonly roomId: string;
  readonly name: string;
  readonly kind: RoomKind;
  readonly topic: string;
  readonly membership: Membership;
  /** While `joining`: members have been asked to add this device again, which it cannot do by itself. */
  readonly asksBack: boolean;
  /** False until a member from before our join was heard in our epoch (ENG-07). */
  readonly confirmed: boolean;
  readonly closed: boolean;
  readonly role: Role;
  readonly peer?: AccountRef | undefined;
  readonly invitedBy?: AccountRef | undefined;
  /** See RoomState. */
  readonly trust?: Trust | undefined;
  readonly holds: readonly Hold[];
  /** While own words wait: for the proofs of whose keys, where the log has left them unanswered for some seconds (LOG-11). */
  readonly awaited: readonly AccountRef[];
  /** Of a direct room: what the other person said last of comparing safety numbers with this account. */
  readonly peerFound?: "match" | "mismatch" | undefined;
  /** Who may bring others in. */
  readonly invite: "admins" | "members";
  /** Messages disappear so long after they were sent; null: never. */
  readonly timerMs: number | null;
  readonly members: readonly MemberView[];
  readonly links: readonly LinkView[];
  readonly bans: readonly BanView[];
  /** What this account may do now. `leave` is false for the last admin among several members. */
  readonly may: { readonly invite: boolean; readonly govern: boolean; readonly leave: boolean };
  /** Own messages that wait to be sent. */
  readonly waiting: number;
  /** Until a person has acknowledged it. */
  readonly alarm?: TranscriptAlarm | undefined;
  /** The direct room in which this one goes on. */
  readonly movedTo?: string | undefined;
}

export interface Author {
  readonly username: string;
  readonly accountId: string;
  readonly keyChanged: boolean;
}

export type MessageState = "queued" | "sending" | "sent" | "failed" | "received";

export interface MessageItem {
  /** Sorts in timeline order; unique in the room. Own waiting messages sort last. */
  readonly key: string;
  readonly at: number;
  readonly kind: "message";
  readonly messageId: string;
  readonly author: Author;
  readonly own: boolean;
  readonly text: string;
  readonly state: MessageState;
}

export const systemEvents = [
  "you-joined",
  "you-left",
  "joined",
  "left",
  "removed",
  "repaired",
  "device-joined",
  "renamed",
  "topic",
  "promoted",
  "demoted",
  "banned",
  "timer",
  "closed",
  "invited",
  "declined",
  "device-revoked",
  "refused",
  "united",
  "key-changed",
  "withheld",
  "came-late",
  "forked",
] as const;
export type SystemEventName = (typeof systemEvents)[number];

/** Why the engine had to join a room again. Closed list: each has its sentence in lib/text. */
export const repairCauses = ["lost-branch", "store-damaged", "server-rolled-back", "epoch-unreachable"] as const;
export type RepairCause = (typeof repairCauses)[number];

/** What a member tried and the room's policy forbids. Closed list: each has its sentence in lib/text. */
export const refusalCauses = ["add", "enter", "remove", "roles", "settings", "links", "bans", "other"] as const;
export type RefusalCause = (typeof refusalCauses)[number];

/**
 * What the transcript has shown. missing: a sender had seen what we were not given. late: that came later. forked: a sender
 * had seen something else in its place. Closed list: each has its sentence in lib/text.
 */
export const transcriptCauses = ["missing", "late", "forked"] as const;
export type TranscriptCause = (typeof transcriptCauses)[number];

/** Whose device has shown that the server gives it another history of the room than us, and where. */
export interface TranscriptAlarm extends AccountRef {
  readonly cause: TranscriptCause;
  readonly deviceId: string;
  /** Events of this epoch: agreed up to `from`, different or unseen up to `to`. */
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  /** forked: when that device had agreed last, by its clock; else: when it showed, by ours; ms. */
  readonly since: number;
}

export interface SystemItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "system";
  readonly event: SystemEventName;
  /** Whom it happened to; of `renamed`, `topic`, `timer`, `closed`, `refused`: who did it. */
  readonly who: string | undefined;
  /** Who did it, where that is not `who`. */
  readonly by?: string | undefined;
  /** Of `renamed` and `topic`: what it is now. */
  readonly detail?: string | undefined;
  /** Of `timer`: what it is now; null: off. */
  readonly timerMs?: number | null | undefined;
  /** Of `repaired` and `refused` only. */
  readonly cause?: RepairCause | RefusalCause | undefined;
  /** Of `repaired`: messages of others that were sent meanwhile and can never be read here; of `withheld`, `came-late`: how many. */
  readonly missed?: number | undefined;
  /** Of `forked`: see TranscriptAlarm. */
  readonly since?: number | undefined;
}

/**
 * Why a message stays unreadable. `unknown-content` was decrypted, but comes from a newer version.
 * Closed list: each has its sentence in lib/text.
 */
export const unreadableCauses = [
  "before-you-joined",
  "device-removed",
  "keys-deleted",
  "tampered",
  "replayed",
  "revoked-device",
  "not-a-member",
  "unknown-content",
] as const;
export type UnreadableCause = (typeof unreadableCauses)[number];

/** What went well and what did not on this device, over all rooms, since the store was made. */
export interface HealthReport {
  /** Messages of others that were read. */
  readonly received: number;
  readonly unreadable: Readonly<Record<UnreadableCause, number>>;
  readonly repairs: Readonly<Record<RepairCause, number>>;
  readonly transcript: Readonly<Record<TranscriptCause, number>>;
  /** See `failureRate`. */
  readonly rate: number;
  /** Own messages that wait to be sent. */
  readonly waiting: number;
  /** Damaged records of rooms, set aside beside what goes on. */
  readonly setAside: number;
}

/**
 * Share of the messages meant for this device that it could not read, 0 to 1. What was sent before it joined or after it was removed was
 * not meant for it; what a revoked device or somebody who is out says is nobody's to read; what a newer version sent was decrypted.
 */
export function failureRate({ received, unreadable }: Pick<HealthReport, "received" | "unreadable">): number {
  const failed = unreadable["keys-deleted"] + unreadable.tampered + unreadable.replayed;
  return failed === 0 ? 0 : failed / (received + failed);
}

/**
 * What the person should know now. storage-full: nothing is sent until there is room, what waits is kept.
 * clock-behind: this device's clock stands before a time it has already seen.
 */
/** `key-log`: the transparency log is not what it should be. `key-log-told`: a member's message says so, and nothing else does. `new-device`, `lost-device`: one came to the account, or went, and not by this one. */
export type Trouble = "storage-full" | "clock-behind" | "key-log" | "key-log-told" | "new-device" | "lost-device";

export interface LogAlarmView {
  readonly id: number;
  readonly kind: LogAlarmKind;
  /** By the own clock, ms. */
  readonly at: number;
  /** Whose message brought the other checkpoint, or whose keys it is about. */
  readonly by?: AccountRef | undefined;
  /** The entry that it is about. */
  readonly index?: number | undefined;
  /** Which check the proof failed that it is about. */
  readonly check?: ProofFailure | undefined;
  readonly settled: boolean;
  /** There are two checkpoints that the log has signed, to show to others. */
  readonly hasEvidence: boolean;
}

/** The transparency log as this device sees it. */
export interface KeyLogView {
  /** The key that the log had when it was seen first. */
  readonly verifier: string | undefined;
  /** Base64 root. */
  readonly head: { readonly size: number; readonly root: string } | undefined;
  readonly arrivals: readonly { readonly deviceId: string; readonly at: number; readonly index: number }[];
  readonly removals: KeyLogView["arrivals"];
  /** To whom a person talks in spite of the log. Without name and time: by a decision of before, and to whatever device of theirs. */
  readonly accepted: readonly {
    readonly accountId: string;
    readonly username: string | undefined;
    readonly at: number | undefined;
  }[];
  /** The server's head is not of the log that this device knows: a person may go on with it. */
  readonly mayBeginAnew: boolean;
  /** Newest first. */
  readonly alarms: readonly LogAlarmView[];
}

/** Where the archive of this account's history stands. */
export interface ArchiveView {
  readonly on: boolean;
  /**
   * waiting: not looked at in this connection yet. tampered: the server shows what does not follow from what this device has
   * seen, or does not open; nothing of it is believed, nothing is written over it. full: the server takes no more.
   * no-secret: this device signed in before accounts had the key for it; it gets it at the next sign-in.
   */
  readonly state: "waiting" | "off" | "current" | "restoring" | "writing" | "tampered" | "full" | "no-secret" | "stale";
  /** Chunks read by this device, of those that there are. */
  readonly read: number;
  readonly chunks: number;
  /** What the server keeps of it. */
  readonly bytes: number;
}

export interface UnreadableItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "unreadable";
  readonly cause: UnreadableCause;
}

/** A message that a member reported. */
export interface ReportedMessage {
  readonly messageId: string;
  readonly author: Author;
  readonly at: number;
  readonly text: string;
  /** This device has read the same words from that very author: the reporter cannot have made them up. */
  readonly proven: boolean;
}

/** Shown to admins, and to who sent it. */
export interface ReportItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "report";
  readonly by: Author;
  readonly own: boolean;
  /** May be empty. */
  readonly reason: string;
  readonly messages: readonly ReportedMessage[];
}

export type TimelineItem = MessageItem | SystemItem | UnreadableItem | ReportItem;

export type EngineEvent =
  | { readonly type: "connection"; readonly state: "connecting" | "online" | "offline" | "signed-out" | "revoked" }
  | { readonly type: "rooms"; readonly rooms: readonly RoomState[] }
  /** All that troubles now; an empty list ends them. */
  | { readonly type: "troubles"; readonly troubles: readonly Trouble[] }
  | { readonly type: "room"; readonly room: RoomView }
  /** Older lines than any that was told are in the room now. */
  | { readonly type: "restored"; readonly roomId: string }
  | {
      readonly type: "timeline";
      readonly roomId: string;
      readonly upsert: readonly TimelineItem[];
      readonly remove: readonly string[];
    };
