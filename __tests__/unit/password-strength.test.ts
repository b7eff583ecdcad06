import { passwordStrength } from "@/lib/crypto/password-strength";
import { passwordMaxLength } from "@/lib/protocol/limits";

test("ACC-13 what is on every guesser's list is refused, with the cause as a code", async () => {
  const weak: readonly (readonly [string, string])[] = [
    ["password", "topTen"],
    ["12345678", "topTen"],
    ["aaaaaaaaaa", "simpleRepeat"],
    ["abcdefghij", "sequences"],
    ["elizabeth", "common"],
  ];
  for (const [password, warning] of weak) {
    const strength = await passwordStrength(password, []);
    expect([password, strength.acceptable]).toEqual([password, false]);
    expect([password, strength.warning]).toEqual([password, warning]);
  }
});

test("ACC-13 common words in leet spelling, with a year behind, stay weak", async () => {
  for (const password of ["P@ssw0rd1", "Dragon2024!", "qwerty12345", "iloveyou!!"]) {
    expect([password, (await passwordStrength(password, [])).acceptable]).toEqual([password, false]);
  }
});

test("ACC-13 long or random passwords are taken", async () => {
  for (const password of ["correct horse battery staple", "x9$Kq2!mVz7w", "tangerine orbit velvet kayak"]) {
    expect(await passwordStrength(password, [])).toMatchObject({ acceptable: true });
  }
});

test("ACC-13 one's own name, and this service's, add next to nothing", async () => {
  const alone = await passwordStrength("wolfgangxmeier", []);
  const hinted = await passwordStrength("wolfgangxmeier", ["wolfgangxmeier"]);
  expect(alone.score).toBeGreaterThan(hinted.score);
  expect(hinted.acceptable).toBe(false);
  expect((await passwordStrength("sealroom1", [])).acceptable).toBe(false);
});

test("ACC-13 length has both bounds", async () => {
  expect(await passwordStrength("xK9$q2!", [])).toEqual({ score: 0, acceptable: false, warning: "tooShort" });
  const long = Array.from({ length: passwordMaxLength + 1 }, (_, index) =>
    String.fromCharCode(33 + ((index * 37) % 90)),
  ).join("");
  expect(await passwordStrength(long, [])).toEqual({ score: 0, acceptable: false, warning: "tooLong" });
  expect((await passwordStrength(long.slice(1), [])).acceptable).toBe(true);
});
