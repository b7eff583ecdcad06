/** Ids of what this device makes. */

import { toHex } from "../../protocol/bytes";
import { eventIdSchema, messageIdSchema, type EventId, type MessageId } from "../../protocol/ids";
import type { Random } from "./ports";

/** Of a submission; its retries carry the same (DS-03). */
export function newEventId(random: Random): EventId {
  return eventIdSchema.parse(toHex(random.bytes(16)));
}

/** Of a message; said again in another epoch it keeps it (MSG-04). */
export function newMessageId(random: Random): MessageId {
  return messageIdSchema.parse(toHex(random.bytes(16)));
}
