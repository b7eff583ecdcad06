/** Settings: what this browser stores, and how well it could read. */

import { counted } from "./plural";

export const storage = {
  title: "Storage",
  back: "Back to rooms",
  intro:
    "Your keys, your rooms and what you read in them are stored in this browser, sealed, and nowhere else in readable form.",
  persistence: "Kept by this browser",
  persistent: "Yes. The browser will not delete it by itself.",
  evictable:
    "Not promised. The browser may delete it when the disk runs full; this device would then have to sign in again and would lose what it read.",
  unknown: "This browser does not say.",
  ask: "Ask the browser to keep it",
  refused: "The browser refused. Many grant it once you visit more often, bookmark this page or install it.",
  used: "Space used",
  usedOf: (used: string, quota: string) => `${used} of ${quota} that the browser grants`,
  health: "Messages on this device",
  received: "Read",
  unreadable: "Could not be read",
  rate: "Failure rate",
  rateNote: "Of the messages meant for this device. It should be 0 %.",
  waiting: "Waiting to be sent",
  repairs: "Rooms joined again",
  none: "none",
  causes: {
    "before-you-joined": "sent before you joined",
    "device-removed": "sent while this device was removed",
    "keys-deleted": "keys no longer here",
    tampered: "tampered with",
    replayed: "repeated",
    "revoked-device": "from a device that its account has removed",
    "not-a-member": "from somebody who was no longer in the room",
    "unknown-content": "of a newer kind (read, not shown)",
  },
  repairCauses: {
    "lost-branch": "followed a branch that nobody shares",
    "store-damaged": "damaged store",
    "server-rolled-back": "the server went back",
    "epoch-unreachable": "could not follow",
  },
  transcript: "What the server owed you",
  transcriptNote: "Found by comparing with what other members' devices saw.",
  transcriptCauses: {
    missing: "messages held back",
    late: "held back and given later",
    forked: "another history than a member's device",
  },
  setAside: "Set aside because it could not be read",
  setAsideNote: "Nothing of it is deleted. It lies in this browser's storage under these names.",
  setAsideKinds: { account: "database of this account", registry: "list of the accounts in this browser" },
  setAsideRooms: (count: number) => counted(count, "damaged store of a room", "damaged stores of rooms"),
  times: (count: number) => counted(count, "time", "times"),
  loading: "Counting",
  noScript: "What this browser stores can be read only with JavaScript, which is switched off here.",
} as const;
