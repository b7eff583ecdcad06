/**
 * A cheap look at an RSA modulus (CERT-03): one with a small prime factor was not made by an RSA key generator. It
 * cannot find every bad key, and need not: who weakens or publishes their own key harms only themselves.
 */

/** Trial division up to here costs under a millisecond. */
const largestTrialDivisor = 4096;

const oddPrimes = primesUpTo(largestTrialDivisor).slice(1).map(BigInt);

/** `modulus` is big-endian and odd. */
export function hasSmallFactor(modulus: Uint8Array): boolean {
  let value = 0n;
  for (const byte of modulus) value = (value << 8n) | BigInt(byte);
  return oddPrimes.some((prime) => value % prime === 0n);
}

function primesUpTo(limit: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate <= limit; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
