/** One room: header, timeline, composer. */

import { duration } from "./duration";
import { noMoment } from "./moment";
import { counted } from "./plural";
import { transcriptLines } from "./transcript";

/** What a line says beyond whom it is about; names and texts of others come isolated. */
interface SystemDetail {
  readonly by?: string | undefined;
  readonly detail?: string | undefined;
  readonly timerMs?: number | null | undefined;
  /** How many messages. */
  readonly missed?: number | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

export const room = {
  encrypted: "End-to-end encrypted",
  back: "Back to rooms",
  members: (count: number) => counted(count, "member", "members"),
  info: "Room info",
  you: "you",
  devices: (count: number) => counted(count, "device", "devices"),
  safetyNumber: "Safety number",
  safetyNumberWith: (name: string) => `Safety number with ${name}`,
  publicKeys: "Public keys",
  publicKeysOf: (name: string) => `Public keys of ${name}`,
  keyChanged: "New key",
  keyChangedBody:
    "You met this name with another key. It may be a new account under the same name, or somebody else. Compare safety numbers before you trust it.",
  openBody:
    "This is an open room: anyone with an account here, the server's operator included, may join and read from then on. Everyone sees who joins.",
  join: "Join room",
  joinTitle: "You are not in this room",
  joinBody:
    "You will read what is written from the moment you join, nothing from before, and the members see that you joined.",
  joining: "Joining the room",
  asksBack:
    "This device has lost the key of this room and cannot come back by itself. It has asked the members' devices to add it again, which one of them does as soon as it is online. If nothing happens, ask an admin to remove you from the room and invite you again.",
  joiningOffline: "You join as soon as there is a connection.",
  leave: "Leave room",
  leaving: "Leaving the room",
  invitedTitle: (name: string) => `${name} invites you to this room`,
  requestTitle: (name: string) => `${name} would like to write to you`,
  invitedBody:
    "Until you accept you see nothing of what is said, and the members see that you have not answered. Declining leaves nothing behind.",
  requestBody: "You see nothing of what they wrote until you accept. They are not told whether you have seen this.",
  unlistedTitle: "Nothing you can open",
  unlistedBody:
    "There is no room here by this address, or it is a private room that you are not in. Ask a member to invite you.",
  unnamed: "Room",
  closedBody: "An admin closed this room. You can read what is here; nobody can write any more.",
  blockedBody: (name: string) => `You blocked ${name}, so nothing of theirs reaches you and you cannot write to them.`,
  left: "You are no longer in this room. This is what this device kept.",
  backByInvitation: "You come back by a new invitation or a link from somebody in the room.",
  unconfirmed: "Waiting for a member who was here before you to confirm that you see the same room.",
  awaiting: {
    of: (name: string) => `Waiting for the proof of ${name}'s key.`,
    own: "Waiting for the proof of the key of another device of yours.",
    others: (count: number) => `The same for ${counted(count, "other person", "other people")}.`,
    body: "The server has not shown yet that its key log has it. What you write is sent once it has.",
  },
  message: "Message",
  placeholder: (name: string) => `Write to ${name}`,
  send: "Send",
  sendHint: "Enter sends, Shift+Enter starts a new line.",
  bytesLeft: (count: number) => `${counted(count, "byte", "bytes")} left`,
  tooLong: (count: number) => `Too long by ${counted(count, "byte", "bytes")}. Shorten it or send it in parts.`,
  loading: "Opening this room",
  noScriptTitle: "This room is sealed",
  noScript:
    "This is a room with end-to-end encryption. Its messages can be opened only in a member's browser, where the keys are, and that takes JavaScript. Without it there is nothing to show here: the server cannot read them either.",
} as const;

export const timeline = {
  label: (name: string) => `Conversation in ${name}`,
  empty: "Nothing has been said here since you joined. Say something.",
  earlier: "Load earlier",
  loadingEarlier: "Loading",
  start: "This is where your view of the room begins.",
  unreadFrom: "New messages",
  jump: "Jump to newest",
  jumpNew: (count: number) => counted(count, "new message", "new messages"),
  today: "Today",
  noTime: noMoment,
  yesterday: "Yesterday",
  held: "Waits for your decision",
  states: { queued: "Sending", sending: "Sending", sent: "Sent", failed: "Not sent", received: "Sent" },
  retry: "Retry",
  discard: "Delete",
  events: {
    "you-joined": () => "You joined the room",
    "you-left": () => "You left the room",
    joined: (who: string) => `${who} joined the room`,
    left: (who: string) => `${who} left the room`,
    removed: (who: string, { by }: SystemDetail) =>
      by === undefined ? `${who} was removed from the room` : `${by} removed ${who} from the room`,
    "device-joined": (who: string) => `${who} joined with another device`,
    repaired: () => "This device joined the room again",
    renamed: (who: string, { detail }: SystemDetail) =>
      detail === undefined ? `${who} renamed the room` : `${who} named the room “${detail}”`,
    topic: (who: string, { detail }: SystemDetail) =>
      detail === undefined
        ? `${who} changed the topic`
        : detail === ""
          ? `${who} removed the topic`
          : `${who} set the topic to “${detail}”`,
    promoted: (who: string, { by }: SystemDetail) =>
      by === undefined ? `${who} is now an admin` : `${by} made ${who} an admin`,
    demoted: (who: string, { by }: SystemDetail) =>
      by === undefined ? `${who} is no longer an admin` : `${by} took the admin role from ${who}`,
    banned: (who: string, { by }: SystemDetail) =>
      by === undefined ? `${who} was banned from the room` : `${by} banned ${who} from the room`,
    timer: (who: string, { timerMs }: SystemDetail) =>
      timerMs === undefined
        ? `${who} changed how long messages stay`
        : timerMs === null
          ? `${who} lets messages stay`
          : `${who} lets messages disappear after ${duration(timerMs)}`,
    closed: (who: string) => `${who} closed the room`,
    invited: (who: string, { by }: SystemDetail) => (by === undefined ? `${who} was invited` : `${by} invited ${who}`),
    declined: (who: string) => `${who} declined the invitation`,
    "device-revoked": (who: string) => `A device of ${who} was removed`,
    united: (who: string) =>
      `You and ${who} had begun two conversations at once. They are one now, and it goes on here`,
    "key-changed": (who: string) =>
      `${who} has a new key from here on. It may be a new account under the same name, or somebody else`,
    refused: (who: string) => `${who} tried something that this room does not allow`,
    withheld: (who: string, { missed }: SystemDetail) => transcriptLines.withheld(who, missed),
    "came-late": (who: string, { missed }: SystemDetail) => transcriptLines["came-late"](who, missed),
    forked: (who: string, { since }: SystemDetail) => transcriptLines.forked(who, since),
  },
  repairs: {
    "lost-branch": "It had followed a version of the room that the other members do not share.",
    "store-damaged": "What this browser had stored for the room was damaged. It was set aside, not deleted.",
    "server-rolled-back":
      "The server went back to an older state, as after a restored backup. What you had said was sent again.",
    "epoch-unreachable": "The room had moved on in a way that this device could not follow.",
  },
  refusals: {
    add: "They tried to add somebody without being allowed to.",
    enter: "They tried to come in without an invitation or a valid link.",
    remove: "They tried to remove somebody without being an admin.",
    roles: "They tried to change who is an admin.",
    settings: "They tried to change the room's name, topic or rules without being an admin.",
    links: "They tried to make or change an invite link without being allowed to.",
    bans: "They tried to change who is banned without being an admin.",
    other: "Every member's device refused it, so nothing has changed.",
  },
  missed: (count: number) => `${counted(count, "message", "messages")} from the gap cannot be read here.`,
  report: {
    said: (count: number) => `reports ${counted(count, "message", "messages")} to the admins`,
    own: (count: number) => `(you) reported ${counted(count, "message", "messages")} to the admins`,
    proven: "This device has read it from its author",
    unproven: "This device has not read it from its author: it may be made up",
  },
  somebody: "Somebody",
  unreadable: "A message could not be read",
  causes: {
    "before-you-joined": "It was sent before you joined, so it was never meant for this device.",
    "device-removed": "It was sent after this device was removed and before it came back.",
    "keys-deleted":
      "This device does not hold its key: it came too late, or from a state of the room that this device has lost.",
    tampered: "It was changed on the way or does not come from a member, so it was dropped.",
    replayed: "It repeats an earlier message, so it was dropped.",
    "revoked-device": "It came from a device that its account had removed: whoever has it now is not believed.",
    "not-a-member": "It came from somebody who was no longer in the room.",
    "unknown-content": "It is of a kind that this version does not know. Reload the page to get the newest version.",
  },
} as const;
