/** Whether the simulation notices a bug that was planted. */

/** Plays seeds in turn until a violation says what is expected; those before it may find nothing. Throws when none of `seedsMax` did. */
export async function expectViolation(
  violationsOf: (seed: number) => Promise<readonly string[]>,
  expected: RegExp,
  seedsMax: number,
): Promise<void> {
  const found: string[] = [];
  for (let seed = 1; seed <= seedsMax; seed++) {
    const violations = await violationsOf(seed);
    found.push(...violations);
    if (violations.some((violation) => expected.test(violation))) return;
  }
  throw new Error(`not found in ${String(seedsMax)} seeds; only: ${found.join("; ")}`);
}
