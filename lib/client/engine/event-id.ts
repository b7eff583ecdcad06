/** A new id for a submission; its retries carry the same (DS-03). */

import { toHex } from "../../protocol/bytes";
import { eventIdSchema, type EventId } from "../../protocol/ids";
import type { Random } from "./ports";

export function newEventId(random: Random): EventId {
  return eventIdSchema.parse(toHex(random.bytes(16)));
}
