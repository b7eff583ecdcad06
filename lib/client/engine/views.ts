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

export interface SystemItem {
  readonly key: string;
  readonly at: number;
  readonly kind: "system";
  readonly event: SystemEventName;
  readonly who: string | undefined;
}

export type UnreadableCause = "forged" | "undecryptable" | "malformed" | "replayed" | "too-late" | "unknown-content";

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
  | { readonly type: "room"; readonly room: RoomView }
  | {
      readonly type: "timeline";
      readonly roomId: string;
      readonly upsert: readonly TimelineItem[];
      readonly remove: readonly string[];
    };
