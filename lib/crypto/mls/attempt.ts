/**
 * ts-mls says no by throwing. Here a throw becomes a closed cause, except where the platform is at fault: then nothing
 * about the message has been decided.
 */
import { CryptoError, CryptoVerificationError, DependencyError } from "ts-mls/mlsError.js";
import type { IgnoredReason } from "./door";

export type Attempt<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: IgnoredReason };

/** `otherwise`: the cause when ts-mls gives none that we tell apart. */
export async function attempt<T>(work: () => Promise<T>, otherwise: IgnoredReason): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (isPlatformFault(error)) throw error;
    if (error instanceof CryptoVerificationError) return { ok: false, reason: "bad-signature" };
    if (error instanceof CryptoError) return { ok: false, reason: "undecryptable" };
    return { ok: false, reason: otherwise };
  }
}

function isPlatformFault(error: unknown): boolean {
  return error instanceof DependencyError || (error instanceof DOMException && error.name === "NotSupportedError");
}
