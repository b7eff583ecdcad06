/** Safety numbers: the Verify page, the marks beside names, and what stops sending. */

export const verify = {
  title: (name: string) => `Safety number with ${name}`,
  intro: (name: string) =>
    `If your screen and ${name}'s show the same number, you hold each other's true keys and nobody sits between you; it does not prove who is holding ${name}'s device.`,
  how: "Compare when you meet or in a call, not by a message on this server.",
  self: "This is you. A safety number belongs to two people: open this page for somebody else.",
  loading: "Working out the number from your keys",
  noScript:
    "The number is made of your own key and the other person's, which only your browser knows for sure. That takes JavaScript: digits that the server put on this page would prove nothing.",
  qrTitle: "Scan",
  qr: (name: string) => `Your code, for ${name} to scan`,
  qrHint: (name: string) => `${name} opens the page “Safety number” for you and scans this code, or you scan theirs.`,
  scan: (name: string) => `Scan ${name}'s code`,
  stopScan: "Stop the camera",
  viewfinder: "What the camera sees",
  cameraRefused: "The camera cannot be used here. Compare the digits instead.",
  cameraAbsent: "This browser gives this page no camera. Let the other person scan yours, or compare the digits.",
  scanned: {
    match: "The codes match.",
    mismatch: "The codes do not match.",
  },
  numberTitle: "Or compare the digits",
  numberHint: "Read them to each other, group by group.",
  digits: "Sixty digits",
  match: "They match",
  mismatch: "They don't match",
  working: "Signing",
  stateTitle: "Where you stand",
  you: "You",
  states: {
    verified: "You found that the numbers match. Your devices know, by your signature.",
    unverified: "You have not compared the numbers yet.",
    "new-key": "You met this name with another key, and have not compared the numbers with this one.",
    replaced: "This is another key than the one you decided about. Compare the numbers with this one.",
    mismatch: "You found that the numbers do not match.",
  },
  lapsed: "This was decided on a device that you have removed since. Compare once more.",
  peer: {
    "no-room": (name: string) =>
      `You and ${name} have no direct conversation, so neither page can show what the other finds. Verifying works all the same: each of you does it here.`,
    silent: (name: string) => `${name} has not said yet what they see.`,
    match: (name: string) => `${name} found that the numbers match.`,
    mismatch: (name: string) => `${name} found that the numbers do not match.`,
  },
  peerNote: "It came sealed from the account with this number. Only your own comparison makes it verified for you.",
  wrongTitle: "The numbers do not match: do not write to this person",
  wrong: (name: string) =>
    `Somebody, perhaps the server, may have put another key in place of ${name}'s and could read what you send. Nothing you write in rooms with them is sent now. Tell ${name} in person or by phone, read all digits once more on both screens, and tell whoever runs the server. If they still differ, do not use this server for what is secret.`,
  replacedTitle: (name: string) => `${name} has another key`,
  replaced: (name: string) =>
    `You had decided about another key of ${name}. It may be a new account under the same name, or somebody who pretends. What you write in rooms with them waits on this device until you decide.`,
  acceptKey: "Accept the new key without comparing",
  acceptTitle: (name: string) => `Accept this key of ${name}?`,
  acceptBody:
    "What waits is sent, and this account can read it. The person is shown as not verified until you have compared safety numbers.",
  accept: "Accept the key",
  back: "Back to rooms",
  toRoom: "Back to the conversation",
  unloggedTitle: (name: string) => `Send to ${name} all the same?`,
  unloggedBody:
    "The device or account that would read along may have been put there by the server. Ask the person first, in person or in a call, whether they have a new device. This holds in all your rooms for the keys of theirs that are missing now, not for later ones; Settings, Key log, takes it back.",
  unloggedAct: "Send anyway",
  hold: {
    replaced: (name: string) =>
      `${name} has another key than the one you decided about. What you write here is not sent: it waits until you decide.`,
    mismatch: (name: string) =>
      `Your safety numbers with ${name} do not match. What you write here is not sent: it waits until that is cleared up.`,
    unlogged: (name: string) =>
      `A key of ${name} is not in this server's public key log, where it should be. What you write here is not sent: it waits until you decide.`,
    verify: (name: string) => `Verify ${name}`,
    seeKeys: (name: string) => `See ${name}'s keys and their log entries`,
    keyLog: "What your device found in the key log",
    verifyAgain: (name: string) => `Verify ${name} again`,
  },
  marks: {
    verified: "Verified",
    unverified: "Not verified",
    "new-key": "New key",
    replaced: "Key replaced",
    mismatch: "Numbers differ",
  },
} as const;
