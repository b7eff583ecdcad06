/** The outbox: what waits to be sealed and sent, in order (ENG-03). */

import type { Body } from "../../protocol/content";
import type { MessageId } from "../../protocol/ids";
import type { Draft } from "./draft";
import { newMessageId } from "./new-ids";

/** Puts a new message at the end of the outbox. */
export function enqueue(draft: Draft, body: Body, wanted?: MessageId): MessageId {
  const messageId = wanted ?? newMessageId(draft.random);
  draft.meta.sentCount += 1;
  draft.meta.outOrder += 1;
  draft.setPending({
    order: draft.meta.outOrder,
    messageId,
    n: draft.meta.sentCount,
    t: draft.nowMs,
    body,
    state: "queued",
  });
  return messageId;
}
