/** The list of rooms and the frame around every room. */

import { counted } from "./plural";

export const rooms = {
  title: "Rooms",
  choose: "Choose a room",
  chooseBody:
    "Open one from the list, or make a new one. What is said in a room is sealed in the browsers of the people in it.",
  openNote:
    "Anyone with an account here may join an open room and read from then on. A private room is for those who were invited.",
  newRoom: "New room",
  newMessage: "New message",
  cancel: "Cancel",
  signOut: "Sign out",
  signedInAs: "Signed in as",
  yourKeys: "Your keys",
  search: "Search rooms and people",
  searchShort: "Search",
  searchHint: "Ctrl+K",
  searchKeys: "Control+K Meta+K",
  filter: "Show",
  filters: { all: "All", unread: "Unread", people: "People", rooms: "Rooms", invites: "Invites" },
  showAll: "Show all",
  empty: {
    all: "There is no room here yet: make the first one, or write to somebody.",
    unread: "You have read everything.",
    people: "You write to nobody directly yet.",
    rooms: "There is no room here yet.",
    invites: "No invitation waits for you.",
    search: (query: string) => `No room and nobody on your list is called “${query}”.`,
  },
  kinds: { open: "Open room", private: "Private room", direct: "Direct message" },
  invites: "Invitations",
  requests: "Message requests",
  invitedBy: (name: string) => `${name} invites you`,
  requestFrom: (name: string) => `${name} would like to write to you`,
  somebody: "Somebody",
  newKey:
    "This name was first met with another key: it may be somebody else. Compare safety numbers before you accept.",
  strangerShort: "You share no room with them.",
  stranger: "You share no room with them. You see nothing of what they wrote until you accept.",
  accept: "Accept",
  acceptNamed: (name: string) => `Accept ${name}`,
  decline: "Decline",
  declineNamed: (name: string) => `Decline ${name}`,
  block: "Block",
  blockNamed: (name: string) => `Block ${name}`,
  blockTitle: (name: string) => `Block ${name}?`,
  blockBody:
    "You get no messages and no invitations from this account any more, on any of your devices. They are not told. You can lift it at any time.",
  blocked: (count: number) => counted(count, "blocked account", "blocked accounts"),
  unblock: "Unblock",
  unblockNamed: (name: string) => `Unblock ${name}`,
  notJoined: "Not joined",
  left: "You left",
  invited: "You are invited",
  joining: "Joining",
  leaving: "Leaving",
  closed: "Closed",
  open: "Open",
  noMessages: "No messages yet",
  muted: "Muted",
  favourite: "Favourite",
  unread: (count: number) => `${count > 99 ? "99+" : String(count)} unread`,
  unreadShort: (count: number) => (count > 99 ? "99+" : String(count)),
  mentions: (count: number) => counted(count, "message names you", "messages name you"),
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
  troublesTitle: "Needs your attention",
  troubleLinks: {
    "key-log": "Open the key log",
    "key-log-told": "See what came",
    "new-device": "See what was added",
    "lost-device": "See what was removed",
  },
  keyLog: "Key log",
  keyLogUnsettled: "something in it waits for you",
  storage: "Storage",
  encryption: "Encryption",
  troubles: {
    "storage-full":
      "This device has no room left to store messages. Nothing is sent or received until there is; what you wrote is kept.",
    "key-log":
      "The key log of this server is not what it should be: keys may have been swapped. Look at it before you go on.",
    "key-log-told": "A member's device brought a checkpoint of another key log. It may be made up.",
    "new-device": "A device was added to your account. If that was not you, remove it and change your password.",
    "lost-device":
      "A device was removed from your account, and not by this one. If that was not you, change your password.",
    "clock-behind":
      "This device's clock stands before a time it has already shown. Messages are not affected, but new join keys wait until it is right: check date and time.",
  },
  noScript:
    "You see the names of the open rooms. Reading and writing in them needs JavaScript, because only your browser has the keys.",
} as const;

/** Making a room, and writing to somebody. */
export const newRoom = {
  roomName: "Room name",
  topic: "Topic",
  optional: "May stay empty.",
  kind: "Who can come in",
  create: "Create",
  creating: "Creating",
  kinds: {
    private: {
      label: "Private",
      body: "Only people you invite. The server learns neither its name nor its topic nor who does what in it.",
      nameHint: "Only members see it.",
    },
    open: {
      label: "Open",
      body: "Anyone with an account here may join and read from then on, the server's operator included.",
      nameHint: "Everyone on this server can see the names of open rooms, its operator too.",
    },
  },
  direct: "New direct message",
  directBody: "A sealed room for the two of you, with all devices of both. There is one per pair.",
  person: "Name of the person",
  start: "Start writing",
  starting: "Starting",
  personStates: {
    empty: "",
    invalid: "This is not a name that anybody can have.",
    checking: "Looking up the name",
    found: "This account exists.",
    missing: "Nobody here has that name. Check how it is spelled.",
    self: "This is you.",
    unknown: "Could not look the name up now. You can go on; it is checked again.",
  },
} as const;
