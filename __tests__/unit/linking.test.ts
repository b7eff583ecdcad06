import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { verifyAccountCertificate, verifyDeviceCertificate } from "@/lib/crypto/account/certificates";
import {
  certifyOffered,
  makeHello,
  makeOffer,
  openGrant,
  sealGrant,
  type OfferedLink,
  type SaidHello,
} from "@/lib/crypto/account/linking";
import { concatBytes } from "@/lib/protocol/bytes";
import {
  decodeHello,
  decodeOffer,
  isRevealed,
  linkCode,
  linkIdOf,
  linkNumber,
  linkTranscript,
  readLinkCode,
} from "@/lib/protocol/linking";

const now = new Date("2026-11-24T10:20:30.456Z");

let account: MadeAccount;
let stranger: MadeAccount;
let offered: OfferedLink;
let said: SaidHello;
let transcript: Uint8Array;
let sealed: Uint8Array;

beforeAll(async () => {
  account = await makeAccount("alice", now);
  stranger = await makeAccount("alice", now);
  offered = await makeOffer();
  said = await makeHello({ accountId: account.accountId, username: "alice" });
  transcript = linkTranscript(offered.offer, said.hello, offered.nonce);
  sealed = await grantFrom(account, said, offered, transcript);
});

async function grantFrom(from: MadeAccount, hello: SaidHello, to: OfferedLink, over: Uint8Array, certified = to) {
  const offer = decodeOffer(to.offer);
  const other = decodeOffer(certified.offer);
  if (offer === undefined || other === undefined) throw new Error("no offer");
  return await sealGrant(hello, offer.linkKey, over, {
    accountCertificate: from.certificate,
    deviceCertificate: await certifyOffered(from, other, now),
    accountSecret: { bytes: new Uint8Array(32).fill(7), number: 1, without: ["0c".repeat(16)] },
    serverPublicKey: "pinned",
    vaultVersion: 3,
  });
}

test("LINK-05 the new device gets a certificate for its own key, the secret, and no private key", async () => {
  const opened = await openGrant(offered, said.hello, transcript, sealed);
  expect(opened?.grant).toMatchObject({
    accountSecret: { bytes: new Uint8Array(32).fill(7), number: 1, without: ["0c".repeat(16)] },
    vaultVersion: 3,
  });
  expect(opened?.identity).toMatchObject({ username: "alice", accountId: account.accountId, ...offered.deviceKey });
  const anchor = await verifyAccountCertificate(account.certificate);
  const device = anchor && (await verifyDeviceCertificate(opened?.identity.deviceCertificate ?? sealed, anchor));
  expect(device?.publicKey).toEqual(offered.deviceKey.publicKey);
  expect(Object.keys(opened?.grant ?? {}).sort()).toEqual([
    "accountCertificate",
    "accountSecret",
    "deviceCertificate",
    "serverPublicKey",
    "vaultVersion",
  ]);
});

test("LINK-01 the code names one offer: any other has another code, so a swapped key is seen before anything is said", async () => {
  const code = linkCode(offered.offer);
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(linkCode((await makeOffer()).offer)).not.toBe(code);
  for (let index = 0; index < offered.offer.length; index++) {
    const changed = offered.offer.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(linkCode(changed)).not.toBe(code);
  }
  expect(linkIdOf(code)).toMatch(/^[0-9a-f]{32}$/);
});

test("LINK-01 the code is frozen, and read as people type it", () => {
  expect(linkCode(new Uint8Array(113).fill(1))).toMatchInlineSnapshot(`"AAXS-78GP-V4H8-5SMN-EP77"`);
  const code = linkCode(offered.offer);
  expect(readLinkCode(` ${code.toLowerCase().replaceAll("-", " ")} `)).toBe(code);
  expect(readLinkCode("O".repeat(10) + "iL".repeat(5))).toBe("0000-0000-0011-1111-1111");
  for (const bad of ["", code.slice(1), `${code}0`, `U${code.slice(1)}`]) expect(readLinkCode(bad)).toBeUndefined();
});

test("LINK-02 offers and hellos have one spelling", () => {
  for (const [bytes, decode] of [
    [offered.offer, decodeOffer],
    [said.hello, decodeHello],
  ] as const) {
    expect(decode(bytes)).toBeDefined();
    expect(decode(concatBytes(bytes, Uint8Array.of(0)))).toBeUndefined();
    for (let length = 0; length < bytes.length; length++) expect(decode(bytes.slice(0, length))).toBeUndefined();
    const version = bytes.slice();
    version[0] = 2;
    expect(decode(version)).toBeUndefined();
  }
});

test("LINK-03 who exchanges the hello is seen by the number, and must exchange it before the nonce is out", async () => {
  const evil = await makeHello({ accountId: stranger.accountId, username: "alice" });
  const theirs = linkTranscript(offered.offer, evil.hello, offered.nonce);
  expect(linkNumber(theirs)).not.toBe(linkNumber(transcript));
  expect(linkNumber(transcript)).toMatch(/^\d{3} \d{3}$/);
  const offer = decodeOffer(offered.offer);
  if (offer === undefined) throw new Error("no offer");
  expect(isRevealed(offer, offered.nonce)).toBe(true);
  const other = offered.nonce.slice();
  other[0] = (other[0] ?? 0) ^ 1;
  expect(isRevealed(offer, other)).toBe(false);
  expect(isRevealed(offer, offered.nonce.slice(1))).toBe(false);
});

test("LINK-04 a grant opens in its own exchange only: not replayed, changed, cut, or with another hello", async () => {
  const opens = async (link: OfferedLink, hello: Uint8Array, over: Uint8Array, bytes: Uint8Array) =>
    (await openGrant(link, hello, over, bytes)) !== undefined;
  expect(await opens(offered, said.hello, transcript, sealed)).toBe(true);
  const again = await makeOffer();
  const over = linkTranscript(again.offer, said.hello, again.nonce);
  expect(await opens(again, said.hello, over, sealed)).toBe(false);
  expect(await opens(offered, said.hello, linkTranscript(offered.offer, said.hello, again.nonce), sealed)).toBe(false);
  const evil = await makeHello({ accountId: account.accountId, username: "alice" });
  const evilOver = linkTranscript(offered.offer, evil.hello, offered.nonce);
  expect(await opens(offered, evil.hello, evilOver, sealed)).toBe(false);
  for (let index = 0; index < sealed.length; index += 37) {
    const changed = sealed.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(await opens(offered, said.hello, transcript, changed)).toBe(false);
  }
  for (const length of [0, 11, 12, sealed.length - 1]) {
    expect(await opens(offered, said.hello, transcript, sealed.slice(0, length))).toBe(false);
  }
});

test("LINK-04 a grant of another account than the hello named, or for another device, is refused (S3)", async () => {
  const ofStranger = await grantFrom(stranger, said, offered, transcript);
  expect(await openGrant(offered, said.hello, transcript, ofStranger)).toBeUndefined();
  const forOther = await grantFrom(account, said, offered, transcript, await makeOffer());
  expect(await openGrant(offered, said.hello, transcript, forOther)).toBeUndefined();
});

test("LINK-04 a key that agrees on nothing is refused on both sides", async () => {
  const zero = new Uint8Array(32);
  const { grant } = (await openGrant(offered, said.hello, transcript, sealed)) ?? {};
  if (grant === undefined) throw new Error("no grant");
  await expect(sealGrant(said, zero, transcript, grant)).rejects.toThrow("not a key to agree with");
  const hello = said.hello.slice();
  hello.fill(0, 1, 33);
  expect(await openGrant(offered, hello, transcript, sealed)).toBeUndefined();
});
