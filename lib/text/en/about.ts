/** What the server can and cannot see, in plain words. */

export const about = {
  title: "What the server sees",
  lead: "Sealroom keeps messages from the server that carries them. It cannot hide everything. This is the whole list.",
  table: {
    caption: "What whoever runs this server can see",
    what: "What",
    sees: "Visible to the server?",
    yes: "Yes",
    no: "No",
    partly: "Partly",
  },
  rows: [
    { what: "Text of messages", sees: "no", why: "Sealed in the sender's browser with keys that only members have." },
    {
      what: "Names, topics and roles of private rooms, and invite links",
      sees: "no",
      why: "They are sealed for the members. A link's secret stands in the part of its address that browsers do not send.",
    },
    { what: "Your password", sees: "no", why: "It is proven with OPAQUE (RFC 9807) and never sent in any form." },
    {
      what: "Your private keys",
      sees: "partly",
      why: "Stored here only locked under your password and your recovery key. A weak password could be guessed by trying, so sign-up refuses those.",
    },
    {
      what: "The archive of what you have read",
      sees: "partly",
      why: "Sealed under a key from your vault. Its size shows, and when it grows. You can switch it off under History.",
    },
    {
      what: "Keys of rooms",
      sees: "no",
      why: "Members agree on them with MLS (RFC 9420). The server relays the steps and cannot follow them.",
    },
    {
      what: "Who wrote a message",
      sees: "partly",
      why: "No sender is stored with a message, but the server sees which open connection hands it in.",
    },
    { what: "Length of messages", sees: "partly", why: "Messages are padded, so only a coarse size shows." },
    {
      what: "When you write and are connected",
      sees: "yes",
      why: "It has to deliver at that moment. It also sees your network address.",
    },
    {
      what: "Names of accounts and devices, public keys",
      sees: "yes",
      why: "The directory is public, so that anyone can check it.",
    },
    {
      what: "Names of open rooms, and which devices receive which room",
      sees: "yes",
      why: "It has to know where to deliver. A private room is a number to it.",
    },
  ],
  limitsTitle: "Limits you should know",
  limits: [
    "Anyone with an account here may join an open room, the operator too, and reads from then on. Joining is always shown to everybody in the room. Into private rooms only members can let anybody.",
    "The server can refuse, delay or drop messages. It cannot read or alter them unnoticed.",
    "The first time you meet a name, its key is taken on trust, but it must be in the public key log, where a swap shows later. Compare safety numbers to be certain; from then on another key under that name gets nothing you write until you decide.",
    "The page itself comes from this server. After the first visit your browser runs no other code unasked, but the first visit is taken on trust, and an operator who serves altered code then could take your keys. If that is a danger to you, compare the build hash below, or run your own copy.",
    "A new device gets what your others have read from the archive. Whoever opens your vault, with your password or your recovery key, could read it too. Without the archive a new device begins with nothing.",
    "Nobody here can reset a password. Your recovery key can. With both lost, your name can get a new account key, and everyone who knew the old one sees that it changed.",
    "A message is kept by everyone who received it. Nothing can be taken back from their devices.",
  ],
  sizesTitle: "Sizes",
  sizes: (textKib: number, leaves: number, devices: number) =>
    `One message holds up to ${String(textKib)} KiB of text, one room up to ${leaves.toLocaleString("en")} devices, one account up to ${String(devices)} devices.`,
  moreTitle: "More detail",
  more: "The threat model with every promise and its test is part of the source code:",
  moreFile: "docs/THREAT-MODEL.md",
  protocol: "The rules of the protocol:",
  protocolFile: "lib/protocol/SPEC.md",
} as const;
