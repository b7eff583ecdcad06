/** Settings: what was read, on other devices and in files. */

import { counted } from "./plural";

export const history = {
  title: "History",
  back: "Back to rooms",
  intro:
    "What you have read is on the devices that read it. Here you decide whether your new devices get it, and keep copies of your own.",
  noScript: "Your history can be opened only in your browser, with JavaScript, which is switched off here.",
  loading: "Looking at the archive",
  archive: {
    title: "Archive for new devices",
    lead: "Your devices write down what they read, sealed under a key that only your vault holds. A device that you sign in on later gets it from there.",
    price:
      "The price: a message in a room can be read by nobody once its keys are deleted, but what stands in the archive can be read by whoever opens your vault, with your password or your recovery key, and the server may have kept every copy. Without the archive, a new device begins with nothing, and a stolen password opens nothing of the past.",
    never: "Messages that disappear are never archived.",
    turnOff: "Turn off and delete the archive",
    turnOffSure:
      "Delete what the server keeps? Your devices keep what they have read; devices that you add later will not get it.",
    keep: "Keep it",
    turnOn: "Turn on",
    size: (size: string, chunks: number) =>
      `The server keeps ${size} in ${counted(chunks, "sealed part", "sealed parts")}.`,
    empty: "The server keeps nothing of it yet.",
    states: {
      waiting: "It is looked at when there is a connection.",
      off: "Off. Nothing is archived, and your devices have told the server to delete what it had.",
      current: "Up to date with this device.",
      restoring: "This device is reading it.",
      writing: "This device is writing it.",
      tampered:
        "What the server shows does not follow from what this device has seen of the archive, or does not open: it was changed, exchanged, or a backup was restored. Nothing of it is believed, and nothing is written over it. Ask whoever runs the server.",
      full: "The server takes no more for this account. Newer messages are not archived. Export your history, then begin anew.",
      stale:
        "A device that you have given up knows the key of this archive, and the server has not told this device the new one. Nothing is read or written until it does. Signing in here once more brings the new key.",
      "no-secret":
        "This browser signed in before your devices shared a key for this. Sign in here once more, and it takes part.",
    },
    anew: "Begin anew from your devices",
    anewNote: "Gives up what the server keeps, and writes what is on your devices now.",
  },
  file: {
    title: "A copy in a file",
    lead: "All that this device has read, in one sealed file. Only this account opens it: the file is of no use to who finds it, and of no use to you once the account is deleted or its key replaced.",
    export: "Export",
    exporting: "Writing the file",
    exported: (lines: number) => `Exported: ${counted(lines, "line", "lines")}.`,
    name: (username: string, day: string) => `sealroom-history-${username}-${day}.sealed`,
    import: "Import a file",
    importing: "Reading the file",
    imported: (lines: number, rooms: number) =>
      lines === 0
        ? "Everything in this file was on this device already."
        : `Imported: ${counted(lines, "line", "lines")} in ${counted(rooms, "room", "rooms")}.`,
    tooLarge: "That file is larger than a history file can be.",
    unreadable: "The browser could not read that file. Choose it again.",
  },
} as const;
