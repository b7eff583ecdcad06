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
  auditCommand: (origin: string) => `npm run audit-log -- ${origin} --state=log.state`,
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
  ofAccountBody: "Each change of this account's keys, with its proof.",
  utc: "Times are the server's, in UTC.",
} as const;
