/**
 * Sizes of OPAQUE's messages in the suite of @serenity-kit/opaque (RFC 9807 section 6: ristretto255, SHA-512) and what
 * both sides bind into every run. The library reads past trailing bytes; we do not (ACC-02).
 */
import { fromBase64Url } from "@/lib/protocol/bytes";

/** Bytes of each message; all travel as unpadded base64url. */
export const opaqueBytes = {
  registrationRequest: 32,
  registrationResponse: 64,
  registrationRecord: 192,
  startLoginRequest: 96,
  loginResponse: 320,
  finishLoginRequest: 64,
  exportKey: 64,
} as const;

export function isOpaqueMessage(kind: keyof typeof opaqueBytes, text: string): boolean {
  return fromBase64Url(text)?.length === opaqueBytes[kind];
}

/** Who runs OPAQUE with whom: part of the envelope and of the transcript (RFC 9807 section 6.1). */
export function opaqueIdentifiers(username: string): { client: string; server: string } {
  return { client: username, server: "sealroom" };
}
