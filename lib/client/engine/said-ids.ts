/**
 * Which message ids an account has used in a room (MSG-03). An id counts once for each account: were it once for all, whoever repeats
 * another member's id, and is ordered first, would make that member's message disappear.
 */

import { fromUtf8 } from "../../protocol/bytes";
import type { Draft } from "./draft";

export interface SaidId {
  readonly messageId: string;
  readonly accountId: string;
}

export function saidBy({ messageId, author }: { messageId: string; author: { accountId: string } }): SaidId {
  return { messageId, accountId: author.accountId };
}

const mark = new Uint8Array([1]);

export async function isSaid(draft: Draft, { messageId, accountId }: SaidId): Promise<boolean> {
  if (await draft.has(draft.keys.saidId(messageId, accountId))) return true;
  // Older versions kept one mark for each id, which names who was first, or nobody.
  const former = draft.keys.usedId(messageId);
  if (!(await draft.has(former))) return false;
  const held = await draft.get(former);
  const author = held === undefined || held.length === 1 ? undefined : fromUtf8(held);
  if (author !== undefined) return author === accountId;
  const read = (await draft.messagesOf(draft.meta.roomId)).get(messageId) ?? [];
  return read.length === 0 || read.some((message) => message.author.accountId === accountId);
}

export function noteSaid(draft: Draft, { messageId, accountId }: SaidId): void {
  draft.put(draft.keys.saidId(messageId, accountId), mark);
}
