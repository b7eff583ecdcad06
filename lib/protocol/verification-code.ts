/**
 * What the QR code on the Verify page says (SPEC VER-03):
 *   sealroom-verify: | base64url of: version 1 | account id of who shows it 32 | account id that they see for the other 32
 * Account ids are the SHA-256 of the account keys, so whoever scans it compares the keys themselves, on both sides at once. Nothing in
 * it is secret. One code has one spelling.
 */
import { concatBytes, fromBase64Url, fromHex, toBase64Url, toHex } from "./bytes";
import { accountIdSchema } from "./ids";
import { verificationCodeMaxLength } from "./limits";

export interface VerificationCode {
  /** 64 lower-case hex digits, as all account ids. */
  readonly shownBy: string;
  readonly shownFor: string;
}

export type CodeRefusal = "NOT_A_SAFETY_CODE" | "SAFETY_CODE_NEWER";
export type ReadCode =
  { readonly ok: true; readonly code: VerificationCode } | { readonly ok: false; readonly error: CodeRefusal };

const scheme = "sealroom-verify:";
const formatVersion = 1;
const idBytes = 32;

/** Throws RangeError for what is not an account id. */
export function encodeVerificationCode({ shownBy, shownFor }: VerificationCode): string {
  const ids = [shownBy, shownFor].map((id) => fromHex(id));
  if (![shownBy, shownFor].every((id) => accountIdSchema.safeParse(id).success))
    throw new RangeError("not an account id");
  return `${scheme}${toBase64Url(concatBytes(Uint8Array.of(formatVersion), ...ids.map((id) => id ?? new Uint8Array())))}`;
}

/** Any text that a camera has read. `SAFETY_CODE_NEWER`: ours, of a version that is not known here. */
export function decodeVerificationCode(text: string): ReadCode {
  if (text.length > verificationCodeMaxLength || !text.startsWith(scheme)) return refuse("NOT_A_SAFETY_CODE");
  const bytes = fromBase64Url(text.slice(scheme.length));
  if (bytes === undefined || bytes.length === 0) return refuse("NOT_A_SAFETY_CODE");
  if ((bytes[0] ?? 0) > formatVersion) return refuse("SAFETY_CODE_NEWER");
  if (bytes[0] !== formatVersion || bytes.length !== 1 + 2 * idBytes) return refuse("NOT_A_SAFETY_CODE");
  const [shownBy, shownFor] = [toHex(bytes.subarray(1, 1 + idBytes)), toHex(bytes.subarray(1 + idBytes))];
  return { ok: true, code: { shownBy, shownFor } };
}

function refuse(error: CodeRefusal): ReadCode {
  return { ok: false, error };
}
