/** The policy's codec and the rules that need no MLS to be shown (SPEC POL). */
import fc from "fast-check";
import { ticketsOf } from "@/lib/crypto/mls/invite-link";
import { concatBytes, equalBytes, toHex, utf8 } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import { latestDateMs, policyAdminsMax, policyBansMax, policyLinksMax, policyRevokedMax } from "@/lib/protocol/limits";
import { policyMaxBytes } from "@/lib/protocol/mls/profile";
import {
  ciphersuiteName,
  decodePolicy,
  encodePolicy,
  type PrivatePolicy,
  type RoomPolicy,
} from "@/lib/protocol/policy";
import {
  afterRemovals,
  deviceMark,
  mayAdd,
  mayChange,
  mayJoin,
  usesOf,
  type PolicyMember,
} from "@/lib/protocol/policy-rules";

const id = (text: string) => toHex(utf8(text.padEnd(32, "."))).slice(0, 64);
const [ada, bob, cem] = [id("ada"), id("bob"), id("cem")];
const room = roomIdSchema.parse("0123456789abcdef0123456789abcdef");
const suite = ciphersuiteName;
const open: RoomPolicy = { kind: "open", roomId: room, suite, name: "General", revoked: [] };
const direct: RoomPolicy = {
  kind: "direct",
  roomId: room,
  suite,
  peers: [ada, bob],
  timerMs: null,
  revoked: [],
  secret: "01".repeat(32),
  stale: false,
};
const cellar: PrivatePolicy = {
  kind: "private",
  roomId: room,
  suite,
  name: "Cellar",
  topic: "wine",
  admins: [ada],
  invite: "admins",
  timerMs: 60_000,
  history: "none",
  removals: 2,
  bans: [cem],
  links: [{ key: "aa".repeat(32), wrap: "bb".repeat(32), uses: 3, expiresAt: 5, by: ada }],
  revoked: ["cc".repeat(16)],
  secret: "dd".repeat(32),
  stale: true,
  closed: false,
};
const member = (accountId: string, leafIndex: number, link?: string): PolicyMember => ({
  accountId,
  deviceId: toHex(new Uint8Array(16).fill(leafIndex)),
  leafIndex,
  link,
});

test("POL-01 each kind has one text, and it does not change between releases", () => {
  expect(Buffer.from(encodePolicy(open)).toString()).toBe(
    `\u0002{"kind":"open","roomId":"${room}","suite":"${suite}","name":"General","revoked":[]}`,
  );
  expect(Buffer.from(encodePolicy(direct)).toString()).toBe(
    `\u0002{"kind":"direct","roomId":"${room}","suite":"${suite}","peers":["${ada}","${bob}"],"timerMs":null,"revoked":[],"secret":"${"01".repeat(32)}","stale":false}`,
  );
  expect(Buffer.from(encodePolicy(cellar)).toString()).toBe(
    `\u0002{"kind":"private","roomId":"${room}","suite":"${suite}","name":"Cellar","topic":"wine","admins":["${ada}"],"invite":"admins","timerMs":60000,"history":"none","removals":2,"bans":["${cem}"],"links":[{"key":"${"aa".repeat(32)}","wrap":"${"bb".repeat(32)}","uses":3,"expiresAt":5,"by":"${ada}"}],"revoked":["${"cc".repeat(16)}"],"secret":"${"dd".repeat(32)}","stale":true,"closed":false}`,
  );
  for (const policy of [open, direct, cellar]) expect(decodePolicy(encodePolicy(policy))).toEqual(policy);
});

test("POL-01 other spellings, orders, versions and lists are refused", () => {
  const text = Buffer.from(encodePolicy(cellar)).toString().slice(1);
  const of = (json: string, version = 2) => decodePolicy(concatBytes(Uint8Array.of(version), utf8(json)));
  expect(of(text)).toEqual(cellar);
  const others = [
    text.replace('"name":"Cellar","topic":"wine"', '"topic":"wine","name":"Cellar"'),
    text.replace(":2,", ": 2,"),
    text.replace("Cellar", "Cell\\u0061r"),
    text.replace('"closed":false', '"closed":false,"more":1'),
    text.replace(`["${ada}"]`, `["${bob}","${ada}"]`),
    text.replace(`["${ada}"]`, `["${ada}","${ada}"]`),
    text.replace('"timerMs":60000', '"timerMs":1'),
    text.replace("MLS_128", "MLS_256"),
    text.replace('"history":"none"', '"history":"all"'),
    `${text} `,
  ];
  for (const other of others) {
    expect(other).not.toBe(text);
    expect(of(other)).toBeUndefined();
  }
  expect(of(text, 1)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoded = decodePolicy(bytes);
      return decoded === undefined || equalBytes(encodePolicy(decoded), bytes);
    }),
  );
});

test("POL-01 a policy with every list full fits its limit", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => toHex(utf8(String(index).padStart(32, "0"))));
  const [admins, bans] = [many(policyAdminsMax), many(policyBansMax)];
  const links = many(policyLinksMax).map((key) => ({
    key,
    wrap: key,
    uses: 1000,
    expiresAt: Number.MAX_SAFE_INTEGER,
    by: ada,
  }));
  const revoked = many(policyRevokedMax).map((hex) => hex.slice(-32));
  const full = {
    ...cellar,
    name: "\u{1f600}".repeat(64),
    topic: "\u{1f600}".repeat(200),
    admins,
    bans,
    links,
    revoked,
  };
  expect(encodePolicy(full).length).toBeLessThanOrEqual(policyMaxBytes);
});

test("POL-03 POL-04 who comes in, kind by kind", () => {
  const [a, b] = [member(ada, 0), member(bob, 1)];
  const stranger = { accountId: id("dan"), deviceId: "ee".repeat(16) };
  const people = [a, b];
  expect(mayAdd(open, people, b, stranger)).toBe(true);
  expect(mayJoin(open, people, stranger, undefined)).toBe(true);
  expect(mayJoin({ ...open, revoked: [deviceMark(stranger)] }, people, stranger, undefined)).toBe(false);
  expect(mayAdd(direct, people, a, { ...b, deviceId: "ff".repeat(16) })).toBe(true);
  expect(mayAdd(direct, people, a, stranger)).toBe(false);
  expect(mayAdd(cellar, people, a, stranger)).toBe(true);
  expect(mayAdd(cellar, people, b, stranger)).toBe(false);
  expect(mayAdd(cellar, people, b, { ...a, deviceId: "ff".repeat(16) })).toBe(true);
  expect(mayAdd({ ...cellar, invite: "members" }, people, b, stranger)).toBe(true);
  expect(mayAdd({ ...cellar, closed: true }, people, a, stranger)).toBe(false);
  expect(mayAdd(cellar, people, a, { ...stranger, accountId: cem })).toBe(false);
  const link = "aa".repeat(32);
  expect(mayJoin(cellar, people, stranger, undefined)).toBe(false);
  expect(mayJoin(cellar, people, stranger, link)).toBe(true);
  expect(mayJoin(cellar, people, stranger, "ab".repeat(32))).toBe(false);
  expect(mayJoin({ ...cellar, closed: true }, people, stranger, link)).toBe(false);
  expect(mayJoin(cellar, people, { ...stranger, accountId: cem }, link)).toBe(false);
  const used = [...people, ...[2, 3, 4].map((leaf) => member(id(`u${String(leaf)}`), leaf, link))];
  expect(usesOf(used, link)).toBe(3);
  expect(mayJoin(cellar, used, stranger, link)).toBe(false);
});

test("POL-05 a device mark is its account's and nobody else's", () => {
  const device = { accountId: ada, deviceId: "ee".repeat(16) };
  expect(deviceMark(device)).toMatch(/^[0-9a-f]{32}$/);
  expect(deviceMark({ ...device, accountId: bob })).not.toBe(deviceMark(device));
  expect(deviceMark({ ...device, deviceId: "ef".repeat(16) })).not.toBe(deviceMark(device));
});

test("POL-05 POL-06 what removals leave behind never grants anybody anything they could undo", () => {
  const link = "aa".repeat(32);
  const people = [member(ada, 0), member(bob, 1, link), member(id("eve"), 2)];
  const [, second] = people;
  if (second === undefined) throw new Error("nobody");
  const left = afterRemovals(cellar, people, [{ member: second, reason: "leaves" }]);
  expect(left).toMatchObject({ stale: true, removals: 2, links: [{ key: link, uses: 2 }] });
  const put = afterRemovals(cellar, people, [{ member: second, reason: "expelled" }]);
  expect(put).toMatchObject({ stale: true, removals: 3, links: [] });
  expect(afterRemovals(open, people, [{ member: second, reason: "revoked" }])).toEqual({
    ...open,
    revoked: [deviceMark(second)],
  });
  expect(afterRemovals(cellar, people, [])).toBe(cellar);
  // Putting the link back, or the old count, is not within the rules for the one who was removed nor anybody.
  for (const who of people) {
    expect(mayChange(put, { ...(put as PrivatePolicy), removals: 2 }, people, who)).toBe(false);
    expect(mayChange(put, { ...(put as PrivatePolicy), stale: false }, people, who)).toBe(false);
  }
});

test("POL-06 a link's end that no date can hold is told to the server as the last one that it takes", () => {
  const [link] = cellar.links;
  if (link === undefined) throw new Error("no link");
  const far = { ...cellar, links: [{ ...link, expiresAt: Number.MAX_SAFE_INTEGER }] };
  expect(decodePolicy(encodePolicy(far))).toEqual(far);
  expect(ticketsOf(far, new Uint8Array(16)).map(({ endsAt }) => endsAt)).toEqual([undefined, latestDateMs]);
});
