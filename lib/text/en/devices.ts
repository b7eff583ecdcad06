/** Settings: the account's devices. */

export const devices = {
  title: "Devices",
  back: "Back to rooms",
  intro:
    "Every browser that you sign in with is a device with keys of its own. Sign out what you do not use; remove what you have lost.",
  count: (used: number, most: number) => `${String(used)} of ${String(most)} devices`,
  full: "There is no room for another device. Remove one that you no longer use.",
  loading: "Looking up your devices",
  own: "This device",
  added: "Added",
  lastSeen: "Last seen",
  today: "today",
  never: "not yet",
  signedIn: "Signed in",
  signedOut: "Signed out",
  states: {
    active: "In use",
    expired: "Its certificate is over. It asks for your password when it is next used.",
    revoked: "Removed",
    refused:
      "The server calls this device removed, but your account never signed that. Ask whoever runs the server what happened.",
    foreign:
      "The server lists this device, but your account never certified it. Other people's browsers refuse it. Ask whoever runs the server where it comes from.",
  },
  foreignTitle: "A device here is not yours",
  rename: "Rename",
  newName: "New name",
  save: "Save",
  cancel: "Cancel",
  badName: "A name has 1 to 64 visible characters.",
  signOut: "Sign out",
  signOutOthers: "Sign out all others",
  signOutOthersNote: "They stay your devices: with the password they go on where they were.",
  remove: "Remove",
  removeTitle: (name: string) => `Remove ${name}?`,
  removeBody:
    "For a device that is lost or no longer yours. It is cut off within a second and leaves every room, your other devices get new keys for what they keep together, and this cannot be undone. What it has read so far stays on it. To use it again, sign in there as a new device.",
  removeConfirm: "Remove for good",
  password: "Your password",
  passwordWhy: "Your password unlocks your account key, which signs this. It does not leave this browser.",
  working: "Working",
  done: {
    rename: "Renamed.",
    signOut: "Signed out.",
    signOutOthers: "All others are signed out.",
    remove: "Removed. Your rooms are told by your account's signature.",
    renew: "Renewed for another 90 days.",
  },
  renewTitle: "Renew this device",
  renewDue: (day: string) =>
    `Your account vouches for this device until ${day}. Type your password before then, and it does for another 90 days.`,
  renewOver: (day: string) =>
    `Your account vouched for this device until ${day}. Type your password, and others can add it to rooms again.`,
  renew: "Renew",
  again: "Try again",
  revokedHere:
    "This device was removed from the account. What you read stays here. Sign in to set it up as a new device.",
  signInAgain: "Sign in again",
  noScript:
    "You see your devices. Renaming, signing out and removing them needs JavaScript, because only your browser has the keys that sign.",
} as const;
