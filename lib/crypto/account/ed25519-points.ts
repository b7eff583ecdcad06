/**
 * Encoded Ed25519 points that no honest key generator or signer makes: under them, signatures exist that verify for
 * many messages or many keys, and implementations disagree about them (RFC 8032 section 5.1.7;
 * Chalkias et al., "Taming the many EdDSAs", 2020). All members must agree, so all refuse them (CERT-08).
 */

const fieldPrime = 2n ** 255n - 19n;

/** One of the two y-coordinates, up to sign, of the points of order 8. */
const orderEightY = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

/** y of all points whose order divides 8: the identity, order 2, order 4 (0), order 8. */
const smallOrderY = new Set([0n, 1n, fieldPrime - 1n, orderEightY, fieldPrime - orderEightY]);

/**
 * 32 bytes, y below the field prime (canonical), not of small order. Whether the point lies on the curve is left to
 * verification, which fails for all that do not.
 */
export function isSoundEd25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  let y = 0n;
  for (const byte of encoded.toReversed()) y = (y << 8n) | BigInt(byte);
  // The top bit is the sign of x. Where x is 0 the sign is ambiguous, but those y are of small order anyway.
  y &= (1n << 255n) - 1n;
  return y < fieldPrime && !smallOrderY.has(y);
}
