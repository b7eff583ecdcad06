/** `/join`: what an invite link is, who joins, and what went wrong. */

export const join = {
  title: "You are invited to a room",
  lead: "Somebody sent you a link into a private room on this server.",
  says: "What this link says",
  room: "Room",
  roomSealed: "Its name is sealed; you see it once you are in.",
  server: "Server",
  secret: "Secret",
  secretKept: "It is in this tab only and was not sent to the server.",
  means:
    "You will read what is written from the moment you join, nothing from before. The members see that you came in by this link.",
  checking: "Reading the link",
  as: "Join as",
  joinAs: (name: string) => `Join as ${name}`,
  join: "Join room",
  joining: "Joining the room",
  joined: "You are in. Opening the room.",
  none: "This browser holds no account here yet. The link is kept in this tab while you sign in.",
  other: "Use another account",
  missingTitle: "There is no link here",
  missing:
    "This page opens invite links. The part behind the # is missing: open the whole link again, or ask for a new one.",
  forget: "Forget this link",
  rooms: "To your rooms",
  problem: "You could not join",
  noScript:
    "The secret of an invite link is opened only in your browser, by JavaScript, so that the server never has it. Please allow JavaScript for this site to join.",
} as const;
