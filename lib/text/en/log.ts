/** The transparency log, for whoever wants to check it. */

export const log = {
  title: "Key log",
  lead: "Every change of this server's key directory is an entry here, and no entry can be changed or taken away without everybody who has seen the log before noticing. The apps check it by themselves; this page is for people and auditors.",
  entries: (size: number) => `${size.toLocaleString("en")} ${size === 1 ? "entry" : "entries"}`,
  head: "Head",
  headBody: "Signed by the log's key: a C2SP checkpoint. Root of a Merkle tree over all entries (RFC 6962).",
  checkpoint: "Signed checkpoint",
  verifier: "Verifier key",
  verifierBody:
    "Whoever checks the log needs this line. The operator should publish it in another place too: a line that you read here is only as honest as this server.",
  recent: "Newest entries",
  empty: "Nobody has registered yet.",
  column: { index: "No.", what: "What", who: "Account", at: "When" },
  kinds: {
    account: "Account created",
    device: "Device certified",
    revocation: "Device revoked",
    deletion: "Account deleted",
    replaced: "Name given to another key",
  },
  audit: "Audit it yourself",
  auditBody:
    "With the source code of this server, this reads the whole log, builds the tree again and checks every certificate:",
  auditCommand: (origin: string, verifier: string) =>
    `npm run audit-log -- ${origin} --key '${verifier}' --state log.state`,
  tiles: "For other programs: checkpoint and tiles are served as C2SP tlog-tiles below",
  entry: (index: number) => `Entry ${String(index)}`,
  at: "Logged",
  account: "Account",
  leafHash: "Leaf hash",
  bytes: "The entry, base64",
  proof: "Inclusion proof",
  proofBody: (size: number) =>
    `Hashed together in this order they lead from the leaf to the root of the log with ${size.toLocaleString("en")} ${size === 1 ? "entry" : "entries"}.`,
  noProof: "The log has this entry only: the leaf is the root.",
  root: "Root",
  none: "The log has no entry of that number yet.",
  ofAccount: "In the key log",
  ofAccountBody: "Each change of the keys under this name, newest first, with its proof.",
  utc: "Times are the server's, in UTC.",
} as const;

/** The key log as one's own device sees it. */
export const ownLog = {
  title: "Key log",
  intro:
    "Your device checks every key it relies on against this server's public key log, reads each new entry for your own account, and compares what it sees with the devices you talk to. Here is what it found.",
  noScript: "What your device has seen of the log is on your device; showing it takes JavaScript.",
  back: "Back to rooms",
  loading: "Reading what this device knows of the log",
  state: "What this device has seen",
  size: "Entries",
  root: "Root",
  verifier: "Verifier key",
  nothing: "This device has not seen the log yet. It does with the next connection.",
  publicLog: "The public log",
  arrival: (device: string) => `Device ${device}`,
  arrivals: {
    title: "Devices added to your account",
    what: "Added",
    body: "None of this device's doing. If it was you on another device or at a new sign-in, all is well.",
    known: "They are mine",
  },
  notMine: "Not mine: see devices",
  removals: {
    title: "Devices removed from your account",
    what: "Removed",
    body: "None of this device's doing, and signed by your account. If it was not you on another device, somebody has your password: change it.",
    known: "I know of it",
  },
  accepted: "Sent to without a proof",
  acceptedBody:
    "You chose to send to these accounts although the log lacks a key of theirs. Another key that it lacks asks you again.",
  acceptedAt: "Decided",
  acceptedAccount: (accountId: string) => `Account ${accountId}`,
  acceptedAll: "Decided before single keys were kept: nothing of this account asks you again until you take it back.",
  takeBack: "Take back",
  alarms: "Alarms",
  quiet: "Nothing to worry about: all that this device was shown fits together.",
  kinds: {
    "split-view":
      "The server shows two versions of its key log. Each is signed, and one is not the beginning of the other.",
    shrunk:
      "The log has fewer entries than it had. Entries were taken away, or the server went back to an older state.",
    "other-key": "A checkpoint was signed by another key than the log's own.",
    stale: "Others are shown a longer log than you. What changed since is being kept from you.",
    unanswered:
      "For a day the server has not shown what it should show of the log. What changed since may be kept from you.",
    "bad-proof": "A proof that a key is in the log did not hold.",
    "wrong-entries": "The entries that the server sends are not those its signed head stands for.",
    "not-in-log": "Keys that are not in the log were to be let into a room. They were kept out.",
    "own-missing": "Your own key or this device's is not in the log. Others cannot check it.",
    "forged-entry": "The log has an entry about your account that your account has not signed.",
    "name-taken": "The log gives your name to another key. Others may be talking to somebody else under it.",
    "own-deletion":
      "The log says that your account is deleted, and your account has signed that. If it was not you, somebody has its key.",
  },
  checks: {
    MALFORMED: "The proof is no proof: a hash or a number in it cannot be one.",
    WRONG_SIZE: "The proof is about a place that a log of this size does not have.",
    WRONG_LENGTH: "The proof has fewer or more hashes than one for this size has.",
    WRONG_ROOT: "What was shown does not lead to the root that the log has signed.",
    WRONG_OLD_ROOT: "What was shown does not lead to the older root: the older log is not the beginning of the newer.",
  },
  hearsay: (name: string) =>
    `The device of ${name} brought a checkpoint of another log: ${name} or the server does not tell the truth. Anybody can make one up; ask ${name} what their key log page shows.`,
  by: (name: string) => `Met through ${name}.`,
  entry: (index: number) => `Entry ${String(index)}`,
  evidence: "Save the evidence",
  evidenceBody: {
    "split-view":
      "Both signed checkpoints in a file. Anybody can check it: npm run audit-log -- URL --evidence=FILE. Two of one size prove it by themselves; of two sizes the log is asked to show that one continues the other, which it cannot.",
    shrunk:
      "Both signed checkpoints in a file: npm run audit-log -- URL --evidence=FILE asks the log whether the larger continues the smaller. A log that has lost the larger one cannot answer; one that has it still shows others what it did not show you.",
  },
  settle: "I have read this",
  settled: "Read",
  anew: "Go on with the log as it is now",
  anewBody:
    "Only if you know why it changed, such as a server restored from a backup. New keys are checked against the present log from then on.",
} as const;
