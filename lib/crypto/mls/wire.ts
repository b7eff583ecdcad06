/**
 * Whole MLS messages to bytes and back. ts-mls reads non-minimal lengths and trailing bytes, so what was read is
 * written again and compared (DESIGN section 9, trap 7; MLS-03).
 */
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls/message.js";
import { equalBytes } from "@/lib/protocol/bytes";

const version = "mls10";

/** `undefined` for anything but exactly one message of at most `maxBytes` bytes. */
export function decodeWire(bytes: Uint8Array, maxBytes: number): MLSMessage | undefined {
  if (bytes.length > maxBytes) return undefined;
  // Decoded fields are views of their input; a copy keeps the caller's buffer out of the group state.
  const copy = bytes.slice();
  try {
    const decoded = decodeMlsMessage(copy, 0);
    if (decoded === undefined) return undefined;
    const [message, length] = decoded;
    return message.version === version && length === copy.length && equalBytes(encodeMlsMessage(message), copy)
      ? message
      : undefined;
  } catch {
    return undefined;
  }
}

export function encodeWire(message: DistributiveOmit<MLSMessage, "version">): Uint8Array {
  return encodeMlsMessage({ version, ...message } as MLSMessage);
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
