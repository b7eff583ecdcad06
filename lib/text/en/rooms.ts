/** The list of rooms and the frame around every room. */

import { counted } from "./plural";

export const rooms = {
  title: "Rooms",
  choose: "Choose a room",
  chooseBody:
    "Open one from the list, or make a new one. What is said in a room is sealed in the browsers of the people in it.",
  openNote: "Rooms on this server are open: anyone with an account here may join and read from then on.",
  empty: "There is no room yet. Make the first one.",
  newRoom: "New room",
  roomName: "Room name",
  roomNameHint: "Everyone on this server can see the names of open rooms, its operator too.",
  create: "Create",
  creating: "Creating",
  cancel: "Cancel",
  signOut: "Sign out",
  signedInAs: "Signed in as",
  yourKeys: "Your keys",
  notJoined: "Not joined",
  invited: "You are invited",
  joining: "Joining",
  leaving: "Leaving",
  open: "Open",
  noMessages: "No messages yet",
  unread: (count: number) => `${count > 99 ? "99+" : String(count)} unread`,
  unreadShort: (count: number) => (count > 99 ? "99+" : String(count)),
  connection: {
    connecting: "Connecting",
    online: "Connected",
    offline: "Offline",
    "signed-out": "Signed out",
    revoked: "Device removed",
  },
  bar: {
    offline: "No connection. Trying again.",
    waiting: (count: number) => `${counted(count, "message waits", "messages wait")} to be sent.`,
    "signed-out": "You are signed out, so nothing is sent or received.",
    revoked: "This device was removed from the account. It receives nothing new.",
    signIn: "Sign in again",
    reload: "Reload the page",
  },
  storage: "Storage",
  troubles: {
    "storage-full":
      "This device has no room left to store messages. Nothing is sent or received until there is; what you wrote is kept.",
    "clock-behind":
      "This device's clock stands before a time it has already shown. Messages are not affected, but new join keys wait until it is right: check date and time.",
  },
  noScript:
    "You see the names of the open rooms. Reading and writing in them needs JavaScript, because only your browser has the keys.",
} as const;
