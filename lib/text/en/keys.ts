/** The public key directory. */

export const keys = {
  title: "Look up keys",
  lead: "Every account's public keys are public here, so that you can compare them with what the other person sees.",
  name: "Name",
  lookUp: "Look up",
  none: "No account by that name",
  noneBody: "This server has no account by that name. Check the spelling; names have small letters only.",
  badName:
    "That cannot be the name of an account. Names have 2 to 32 small letters, digits, dots, dashes and underscores.",
  of: "Keys of",
  since: "Account since",
  safetyNumber: "Half of every safety number",
  safetyBody:
    "A safety number belongs to two people and has sixty digits: these thirty stand for this account in each of its safety numbers, the other thirty for whoever compares. To verify somebody, sign in, open the list of members of a room with them, and choose “Safety number” there. Digits on this page are only as honest as this server.",
  fingerprint: "Account id",
  fingerprintBody: "SHA-256 of the account's public key.",
  publicKey: "Public key",
  certificate: "Certificate",
  download: "Download",
  devices: "Devices",
  added: "Added",
  removed: "Removed",
  active: "In use",
  noDevices: "This account has no device.",
  deleted: "This account was deleted on",
  deletedBody:
    "It has no keys any more, and its name is not given to anybody again. What the key log says of it stays, for everybody who knew it.",
  replaced: "This name was given another key on",
  replacedBody:
    "Somebody set up the name anew without its former key. Whoever compared safety numbers before that day compared those of the former key.",
  former: "Of a key that had this name before.",
  utc: "Dates are in UTC.",
} as const;
