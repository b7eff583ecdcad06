/**
 * Whole MLS messages to bytes and back. ts-mls reads non-minimal lengths and trailing bytes, so what was read is
 * written again and compared (DESIGN section 9, trap 7; MLS-03).
 */
import { decodeMlsMessage, encodeMlsMessage, type MlsMessageContent, type MLSMessage } from "ts-mls/message.js";
import { equalBytes } from "@/lib/protocol/bytes";

/** `undefined` for anything but exactly one message of at most `maxBytes` bytes. */
export function decodeWire(bytes: Uint8Array, maxBytes: number): MLSMessage | undefined {
  if (bytes.length > maxBytes) return undefined;
  // Decoded fields are views of their input; a copy keeps the caller's buffer out of the group state.
  const copy = bytes.slice();
  try {
    const decoded = decodeMlsMessage(copy, 0);
    if (decoded === undefined) return undefined;
    const [message, length] = decoded;
    return length === copy.length && equalBytes(encodeMlsMessage(message), copy) ? message : undefined;
  } catch {
    return undefined;
  }
}

export function encodeWire(message: MlsMessageContent): Uint8Array {
  return encodeMlsMessage({ ...message, version: "mls10" });
}
