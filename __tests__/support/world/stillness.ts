/**
 * Knows when nothing moves by itself any more: every engine waits for the world. Real cryptography runs in threads, so
 * its calls are counted; everything else between two port calls is microtasks.
 */

let underWay = 0;
let isWatching = false;

/** Counts the calls of WebCrypto from now on. */
export function watchCrypto(): void {
  if (isWatching) return;
  isWatching = true;
  const { subtle } = globalThis.crypto;
  const names = [
    "decrypt",
    "deriveBits",
    "deriveKey",
    "digest",
    "encrypt",
    "exportKey",
    "generateKey",
    "importKey",
    "sign",
    "unwrapKey",
    "verify",
    "wrapKey",
  ] as const;
  for (const name of names) {
    const real = subtle[name].bind(subtle) as (...args: unknown[]) => Promise<unknown>;
    const counted = async (...args: unknown[]) => {
      underWay += 1;
      try {
        return await real(...args);
      } finally {
        underWay -= 1;
      }
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true });
  }
}

export async function stillness(): Promise<void> {
  do {
    await new Promise<void>((resolve) => setImmediate(resolve));
  } while (underWay > 0);
}
