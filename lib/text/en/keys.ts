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
  safetyNumber: "Safety number",
  safetyBody:
    "Ask the person to read theirs to you, in person or in a call. If all sixty digits match, you both see the same account key. It does not prove who holds the device, and a number read on this server's page is only as honest as this server: compare it with the number on the other person's own screen.",
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
  utc: "Dates are in UTC.",
} as const;
