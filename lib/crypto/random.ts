/** The one source of random bytes: the platform's generator (Web Cryptography API, getRandomValues). */

/** getRandomValues refuses more at once. */
const maxBytesPerCall = 65_536;

/** `length` bytes of cryptographic quality. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += maxBytesPerCall) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, offset + maxBytesPerCall));
  }
  return bytes;
}
