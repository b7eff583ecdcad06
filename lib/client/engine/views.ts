/** What the engine shows: plain data that crosses to the page and is rendered as it is. */

export type Membership = "none" | "joining" | "joined" | "leaving";

export interface RoomState {
  readonly roomId: string;
  readonly name: string;
  readonly membership: Membership;
  readonly unread: number;
  readonly lastText: string | undefined;
  readonly lastAt: number | undefined;
}

export interface MemberView {
  readonly username: string;
  readonly accountId: string;
  readonly deviceCount: number;
  /** This name was first met with another account key: someone else may be using it. */
  readonly keyChanged: boolean;
}

export interface RoomView {
  readonly roomId: string;
  readonly name: string;
  readonly membership: Membership;
  /** False until a member from before our join was heard in our epoch (ENG-07). */
  readonly confirmed: boolean;
  readonly members: readonly MemberView[];
  /** Own messages that wait to be sent. */
  readonly waiting: number;
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

export type SystemEventName = "you-joined" | "you-left" | "joined" | "left" | "removed" | "repaired" | "device-joined";

/** Why the engine had to join a room again. Closed list: each has its sentence in lib/text. */
export const repairCauses = ["lost-branch", "store-damaged", "server-rolled-back", "epoch-unreachable"] as const;
export type RepairCause = (typeof repairCauses)[number];

export interface SystemItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "system";
  readonly event: SystemEventName;
  readonly who: string | undefined;
  /** Of `repaired` only. */
  readonly cause?: RepairCause | undefined;
  /** Of `repaired` only: messages of others that were sent meanwhile and can never be read here. */
  readonly missed?: number | undefined;
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
  "unknown-content",
] as const;
export type UnreadableCause = (typeof unreadableCauses)[number];

/** What went well and what did not on this device, over all rooms, since the store was made. */
export interface HealthReport {
  /** Messages of others that were read. */
  readonly received: number;
  readonly unreadable: Readonly<Record<UnreadableCause, number>>;
  readonly repairs: Readonly<Record<RepairCause, number>>;
  /** See `failureRate`. */
  readonly rate: number;
  /** Own messages that wait to be sent. */
  readonly waiting: number;
}

/**
 * Share of the messages meant for this device that it could not read, 0 to 1. What was sent before it joined or after it was removed was
 * not meant for it; what a newer version sent was decrypted.
 */
export function failureRate({ received, unreadable }: Pick<HealthReport, "received" | "unreadable">): number {
  const failed = unreadable["keys-deleted"] + unreadable.tampered + unreadable.replayed;
  return failed === 0 ? 0 : failed / (received + failed);
}

/**
 * What the person should know now. storage-full: nothing is sent until there is room, what waits is kept.
 * clock-behind: this device's clock stands before a time it has already seen.
 */
export type Trouble = "storage-full" | "clock-behind";

export interface UnreadableItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "unreadable";
  readonly cause: UnreadableCause;
}

export type TimelineItem = MessageItem | SystemItem | UnreadableItem;

export type EngineEvent =
  | { readonly type: "connection"; readonly state: "connecting" | "online" | "offline" | "signed-out" | "revoked" }
  | { readonly type: "rooms"; readonly rooms: readonly RoomState[] }
  /** All that troubles now; an empty list ends them. */
  | { readonly type: "troubles"; readonly troubles: readonly Trouble[] }
  | { readonly type: "room"; readonly room: RoomView }
  | {
      readonly type: "timeline";
      readonly roomId: string;
      readonly upsert: readonly TimelineItem[];
      readonly remove: readonly string[];
    };
