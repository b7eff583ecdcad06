/**
 * Reports: a member sends messages of a room to its admins, each in the direct room with them. An admin's own device shows
 * which of them it has read itself, from that author under that name and in these words: only those are proven (MSG-06).
 */

import { members, policyOf } from "../../crypto/mls/roster";
import { isSendable, type Body } from "../../protocol/content";
import type { MessageId, RoomId } from "../../protocol/ids";
import type { Draft } from "./draft";
import type { Store } from "./ports";
import { decodeRecord, roomKeys, timelineItemSchema, type StoredItem } from "./records";
import type { Room } from "./room";

export type StoredMessage = Extract<StoredItem, { kind: "message" }>;
export type ReportBody = Extract<Body, { kind: "report" }>;

/** Rows that are looked through: a report is about what was said lately. */
const rowsMax = 2000;

export async function newestMessages(store: Store, roomId: string): Promise<Map<string, StoredMessage>> {
  const { timelinePrefix } = roomKeys(roomId);
  const rows = await store.list(timelinePrefix, { reverse: true, limit: rowsMax });
  const found = new Map<string, StoredMessage>();
  for (const { key, value } of rows) {
    const item = decodeRecord(timelineItemSchema, key, value);
    if (item.kind === "message") found.set(item.messageId, item);
  }
  return found;
}

/** `undefined`: none of these messages is here, or they are too long for one report. */
export async function reportBody(
  room: Room,
  messageIds: readonly MessageId[],
  reason: string,
): Promise<ReportBody | undefined> {
  const known = await newestMessages(room.host.store, room.roomId);
  const messages = messageIds.flatMap((id) => {
    const message = known.get(id);
    if (message === undefined) return [];
    const { accountId, username } = message.author;
    return [{ id, accountId, username, at: Math.max(0, Math.trunc(message.at)), text: message.text }];
  });
  const body: ReportBody = { kind: "report", roomId: room.roomId, reason, messages };
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
    const mine = read.get(messageId);
    const isSame = mine?.author.accountId === accountId && mine.author.username === username;
    const proven = isSame && mine.text === text;
    return { messageId, author: draft.named({ username, accountId }), at: saidAt, text, proven };
  });
  return { kind: "report", at, by: draft.author(by), own, reason: body.reason, messages } as const;
}
