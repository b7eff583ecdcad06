/**
 * Reports: a member sends messages of a room to its admins, each in the direct room with them. An admin's own device shows
 * which of them it has read itself, from that author under that name and in these words: only those are proven (MSG-06).
 */

import { members, policyOf } from "../../crypto/mls/roster";
import { isSendable, type Body } from "../../protocol/content";
import type { MessageId, RoomId } from "../../protocol/ids";
import { reportMaxMessages } from "../../protocol/limits";
import type { Draft } from "./draft";
import type { Store } from "./ports";
import type { RoomKeys, StoredItem } from "./records";
import { readableItem, unlessDamaged } from "./replaceable";
import type { Room } from "./room";

export type StoredMessage = Extract<StoredItem, { kind: "message" }>;
export type ReportBody = Extract<Body, { kind: "report" }>;

/** Rows that are looked through: a report is about what was said lately. */
const rowsMax = 2000;

/** By message id: of several accounts that used one id, each. What cannot be read is not there. */
export async function newestMessages(store: Store, keys: RoomKeys): Promise<Map<string, StoredMessage[]>> {
  const found = new Map<string, StoredMessage[]>();
  for (const item of await newestItems(store, keys)) {
    if (item.kind === "message") found.set(item.messageId, [...(found.get(item.messageId) ?? []), item]);
  }
  return found;
}

async function newestItems(store: Store, { timelinePrefix }: RoomKeys): Promise<StoredItem[]> {
  const page = { reverse: true, limit: rowsMax };
  const whole = await unlessDamaged(() => store.list(timelinePrefix, page));
  if (whole !== undefined) return whole.flatMap(({ key, value }) => readableItem(key, value) ?? []);
  const items: StoredItem[] = [];
  for (const key of await store.keys(timelinePrefix, page)) {
    const value = await unlessDamaged(() => store.get(key));
    const item = value && readableItem(key, value);
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** `undefined`: none of these messages is here, or they are too long for one report. */
export async function reportBody(
  room: Room,
  messageIds: readonly MessageId[],
  reason: string,
): Promise<ReportBody | undefined> {
  const known = await newestMessages(room.host.store, room.keys);
  const messages = messageIds.flatMap((id) =>
    (known.get(id) ?? []).map(({ author: { accountId, username }, at, text }) => {
      return { id, accountId, username, at: Math.max(0, Math.trunc(at)), text };
    }),
  );
  const body: ReportBody = {
    kind: "report",
    roomId: room.roomId,
    reason,
    messages: messages.slice(0, reportMaxMessages),
  };
  return messages.length > 0 && isSendable(body) ? body : undefined;
}

/** Names of the admins that a report goes to. */
export function reportReaders(room: Room): string[] {
  const { group } = room.data;
  const policy = group && policyOf(group);
  if (group === undefined || policy?.kind !== "private") return [];
  const { accountId: self } = room.host.identity;
  const admins = members(group).filter(({ accountId }) => accountId !== self && policy.admins.includes(accountId));
  return [...new Set(admins.map(({ username }) => username))];
}

/** The line of a report in the direct room, ours or theirs. */
export async function reportLine(
  draft: Draft,
  body: ReportBody,
  by: { readonly username: string; readonly accountId: string },
  at: number,
) {
  const own = by.accountId === draft.identity.accountId;
  const read = await draft.messagesOf(body.roomId satisfies RoomId);
  const messages = body.messages.map(({ id: messageId, accountId, username, at: saidAt, text }) => {
    const proven = (read.get(messageId) ?? []).some(
      (mine) => mine.author.accountId === accountId && mine.author.username === username && mine.text === text,
    );
    return { messageId, author: draft.named({ username, accountId }), at: saidAt, text, proven };
  });
  return { kind: "report", at, by: draft.author(by), own, reason: body.reason, messages } as const;
}
