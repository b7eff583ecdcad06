/** What a person says in a room, and what becomes of it when the server has refused it. */

import { policyOf } from "../../crypto/mls/roster";
import { utf8 } from "../../protocol/bytes";
import { isSendable } from "../../protocol/content";
import type { MessageId } from "../../protocol/ids";
import { textMaxBytes } from "../../protocol/limits";
import type { Draft } from "./draft";
import { enqueue } from "./outbox";
import { isStoreFull } from "./ports";
import type { Pending } from "./records";
import { bad, notFound, ok, type EngineResult } from "./results";
import type { Room } from "./room";
import { isSaid } from "./said-ids";

/** Repeated with the same `wanted` it says one thing. */
export async function say(
  room: Room,
  text: string,
  wanted: MessageId | undefined,
): Promise<EngineResult<{ messageId: string }>> {
  if (room.data.meta.membership !== "joined" || !room.data.meta.accepted) return notFound;
  const policy = room.data.group && policyOf(room.data.group);
  if (policy?.kind === "private" && policy.closed) return bad("ROOM_CLOSED");
  if (text.trim() === "") return bad("BAD_INPUT");
  if (utf8(text).length > textMaxBytes || !isSendable({ kind: "text", text })) return bad("TEXT_TOO_LONG");
  try {
    const messageId = await room.turn(async (draft) => {
      // It may have been left while this waited for its turn.
      if (draft.meta.membership !== "joined") return undefined;
      const isKnown = draft.pending.some((entry) => entry.messageId === wanted);
      if (
        wanted !== undefined &&
        (isKnown || (await isSaid(draft, { messageId: wanted, accountId: draft.identity.accountId })))
      )
        return wanted;
      return enqueue(draft, { kind: "text", text }, wanted);
    });
    room.kick();
    return messageId === undefined ? notFound : ok({ messageId });
  } catch (error) {
    if (!isStoreFull(error)) throw error;
    room.host.storeFull(true);
    return bad("STORAGE_FULL");
  }
}

/** A message that the server has refused goes to the outbox again. */
export async function sayAgain(room: Room | undefined, messageId: string): Promise<EngineResult<null>> {
  return await withRefused(room, messageId, (draft, { eventId: _eventId, epoch: _epoch, ...rest }) => {
    draft.setPending({ ...rest, state: "queued" });
  });
}

/** A message that the server has refused goes for good. */
export async function unsay(room: Room | undefined, messageId: string): Promise<EngineResult<null>> {
  return await withRefused(room, messageId, (draft, entry) => {
    draft.dropPending(entry);
  });
}

async function withRefused(
  room: Room | undefined,
  messageId: string,
  act: (draft: Draft, entry: Pending) => void,
): Promise<EngineResult<null>> {
  if (room === undefined) return notFound;
  await room.turn((draft) => {
    const entry = draft.pending.find((one) => one.messageId === messageId && one.state === "failed");
    if (entry !== undefined) act(draft, entry);
  });
  room.kick();
  return ok(null);
}
