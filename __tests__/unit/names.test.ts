import {
  foldRoomName,
  foldUsername,
  isUsername,
  roomNameSchema,
  settledRoomNameSchema,
  usernameSchema,
} from "@/lib/protocol/names";

test("ID-03 usernames in folded form are taken as they are", () => {
  for (const name of ["al", "alice", "a.b", "a_b-c", "0a", "9-", "a".repeat(32)]) {
    expect(usernameSchema.parse(name)).toBe(name);
    expect(isUsername(name)).toBe(true);
  }
});

test("ID-03 everything else is no username, unfolded spellings too", () => {
  const alien = [
    "",
    "a",
    "a".repeat(33),
    "Alice",
    " alice",
    "alice ",
    "alice\n",
    ".al",
    "-al",
    "_al",
    "a b",
    "a/b",
    "a@b",
    "älice",
    "аlice",
    "al\u0000",
    "al\u200bice",
    "a%62",
    "ａｂ",
  ];
  for (const name of alien) {
    expect([name, usernameSchema.safeParse(name).success]).toEqual([name, false]);
    expect([name, isUsername(name)]).toEqual([name, false]);
  }
  for (const value of [undefined, null, 7, ["alice"], { toString: () => "alice" }]) {
    expect(usernameSchema.safeParse(value).success).toBe(false);
  }
});

test("ID-04 what people type is trimmed and its ASCII letters lowered, nothing else", () => {
  expect(foldUsername("  Alice.B\n")).toBe("alice.b");
  expect(foldUsername("ALICE")).toBe("alice");
  // The Kelvin sign and the dotted I lower to ASCII letters in Unicode; here they stay and fail the schema.
  for (const lookAlike of ["\u212Aim", "\u0130van"]) expect(isUsername(foldUsername(lookAlike))).toBe(false);
  expect(foldUsername(foldUsername(" X ")) === foldUsername(" X ")).toBe(true);
});

test("ID-05 room names are normalised and shown as meant", () => {
  expect(roomNameSchema.parse("  General   chat ")).toBe("General chat");
  expect(roomNameSchema.parse("Cafe\u0301")).toBe("Caf\u00e9");
  expect(roomNameSchema.parse("a\u00a0\u3000b\tc")).toBe("a b c");
  for (const name of ["日本語", "مرحبا", "😀 room", "❤\ufe0f", "x", "😀".repeat(64)])
    expect(roomNameSchema.parse(name)).toBe(name);
});

test("ID-05 empty, long and invisible room names are refused", () => {
  const alien = [
    "",
    "   ",
    "a".repeat(65),
    "a\u0000b",
    "a\nb",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "a\u2066b",
    "\ud800",
    "a\ue000",
    "\u3164",
    "a\u115f",
    "\u2800",
    "\ufe0f",
    "\u0301",
    "a\u034fb",
    "general\n",
    "e\u0301".repeat(65),
    "a".repeat(100_000),
  ];
  for (const name of alien) expect([name, roomNameSchema.safeParse(name).success]).toEqual([name, false]);
});

test("ID-05 parsing twice changes nothing", () => {
  for (const name of ["  a  b ", "Cafe\u0301", "\u3000x"]) {
    const once = roomNameSchema.parse(name);
    expect(roomNameSchema.parse(once)).toBe(once);
  }
});

test("ID-06 names that read alike count as one", () => {
  for (const [one, other] of [
    ["General", "GENERAL"],
    ["ﬁles", "files"],
    ["❤\ufe0f", "❤"],
    ["Ａ１", "a1"],
    ["Cafe\u0301", "CAFÉ"],
  ] as const) {
    expect(foldRoomName(one)).toBe(foldRoomName(other));
  }
  expect(foldRoomName("general")).not.toBe(foldRoomName("genera1"));
});

test("ID-07 the settled form refuses every character this platform counts as unseen", () => {
  const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/u;
  const accepted: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (!unseen.test(character) || character === " " || character === "\ufe0f") continue;
    if (settledRoomNameSchema.safeParse(`a${character}b`).success) accepted.push(code.toString(16));
  }
  expect(accepted).toEqual([]);
});

test("ID-07 a character that no Unicode version knows yet is valid in the settled form, and not to be typed", () => {
  const unassigned = "a\u{1cfff}";
  expect(unassigned).toMatch(/\p{Cn}/u);
  expect(settledRoomNameSchema.parse(unassigned)).toBe(unassigned);
  expect(roomNameSchema.safeParse(unassigned).success).toBe(false);
});

test("ID-07 the settled form changes nothing: other spellings are refused", () => {
  for (const name of [" a", "a ", "a  b", "", "a\tb", "a".repeat(65)]) {
    expect([name, settledRoomNameSchema.safeParse(name).success]).toEqual([name, false]);
  }
  expect(settledRoomNameSchema.parse("Cafe\u0301")).toBe("Cafe\u0301");
});
