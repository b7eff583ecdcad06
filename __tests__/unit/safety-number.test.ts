import { accountSafetyNumber } from "@/lib/crypto/account/safety-number";

const frozen = [
  ["00".repeat(32), "66326 01385 45883 01070 51411 23362 44731 15666 45250 23201 57834 80681"],
  ["ff".repeat(32), "31548 85095 87641 38902 62211 94247 94223 34148 73040 36036 78397 79120"],
  [
    "4edd4c4688458968eb6654e397f68e4f41ae09713f2dd4dde6f8f98f1ee476bd",
    "15095 54739 12409 68516 78941 26684 28671 73350 91234 97005 66816 51719",
  ],
] as const;

test.each(frozen)("ACC-16 the number of %s never changes", (accountId, number) => {
  expect(accountSafetyNumber(accountId)).toBe(number);
});

test("ACC-16 it is sixty digits in twelve groups of five", () => {
  for (const [accountId] of frozen) expect(accountSafetyNumber(accountId)).toMatch(/^\d{5}( \d{5}){11}$/);
});

test("ACC-16 one changed bit of the id changes almost every group", () => {
  const [a, b] = ["00".repeat(32), `${"00".repeat(31)}01`].map((id) => accountSafetyNumber(id).split(" "));
  const same = a?.filter((group, index) => group === b?.[index]).length;
  expect(same).toBeLessThanOrEqual(1);
});

test("ACC-16 what is not an account id has no number", () => {
  for (const text of ["", "00", "zz".repeat(32), "AB".repeat(32), "00".repeat(33)]) {
    expect(() => accountSafetyNumber(text)).toThrow(RangeError);
  }
});
