/** One room: header, timeline, composer. */

import { counted } from "./plural";

export const room = {
  encrypted: "End-to-end encrypted",
  back: "Back to rooms",
  members: (count: number) => counted(count, "member", "members"),
  membersTitle: "Members",
  info: "Room info",
  you: "you",
  devices: (count: number) => counted(count, "device", "devices"),
  safetyNumber: "Safety number",
  safetyNumberOf: (name: string) => `Safety number of ${name}`,
  keyChanged: "New key",
  keyChangedBody:
    "This name was first met with another key. It may be a new account under the same name, or somebody else. Compare safety numbers before you trust it.",
  lockBody:
    "Messages are sealed in this browser and opened only on the devices of the members listed here. Membership is decided by the members' keys, not by the server.",
  openBody:
    "This is an open room: anyone with an account here, the server's operator included, may join and read from then on. Everyone sees who joins.",
  join: "Join room",
  joinTitle: "You are not in this room",
  joinBody:
    "You will read what is written from the moment you join, nothing from before, and the members see that you joined.",
  joining: "Joining the room",
  joiningOffline: "You join as soon as there is a connection.",
  leave: "Leave room",
  leaveBody: "What you read stays on this device. You receive nothing new until you join again.",
  leaving: "Leaving the room",
  left: "You are no longer in this room. This is what this device kept.",
  unconfirmed: "Waiting for a member who was here before you to confirm that you see the same room.",
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
  yesterday: "Yesterday",
  states: { queued: "Sending", sending: "Sending", sent: "Sent", failed: "Not sent", received: "Sent" },
  retry: "Retry",
  discard: "Delete",
  events: {
    "you-joined": () => "You joined the room",
    "you-left": () => "You left the room",
    joined: (who: string) => `${who} joined the room`,
    left: (who: string) => `${who} left the room`,
    removed: (who: string) => `${who} was removed from the room`,
    "device-joined": (who: string) => `${who} joined with another device`,
    repaired: () => "This device joined the room again",
  },
  repairs: {
    "lost-branch": "It had followed a version of the room that the other members do not share.",
    "store-damaged": "What this browser had stored for the room was damaged. It was set aside, not deleted.",
    "server-rolled-back":
      "The server went back to an older state, as after a restored backup. What you had said was sent again.",
    "epoch-unreachable": "The room had moved on in a way that this device could not follow.",
  },
  missed: (count: number) => `${counted(count, "message", "messages")} from the gap cannot be read here.`,
  somebody: "Somebody",
  unreadable: "A message could not be read",
  causes: {
    "before-you-joined": "It was sent before you joined, so it was never meant for this device.",
    "device-removed": "It was sent after this device was removed and before it came back.",
    "keys-deleted":
      "This device does not hold its key: it came too late, or from a state of the room that this device has lost.",
    tampered: "It was changed on the way or does not come from a member, so it was dropped.",
    replayed: "It repeats an earlier message, so it was dropped.",
    "unknown-content": "It is of a kind that this version does not know. Reload the page to get the newest version.",
  },
} as const;
