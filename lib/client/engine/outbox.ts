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

/** In another leaf or epoch. A goodbye is for a leaf that is gone, and an empty message for an epoch that is; all else a person meant. */
export function isSaidAgain({ kind }: Body): boolean {
  return kind !== "leave" && kind !== "confirm";
}
