/** What a decrypted message does to the room. Its author is the MLS sender, nothing inside can say otherwise (MSG-01). */

import type { Processed } from "../../crypto/mls/door";
import { verifyLeaveProof } from "../../crypto/mls/leave";
import { fromHex } from "../../protocol/bytes";
import { decodeContent } from "../../protocol/content";
import type { RoomId } from "../../protocol/ids";
import type { RoomEvent } from "../../protocol/schemas/socket";
import type { Draft } from "./draft";
import { accept, askToLeave } from "./membership";
import { deviceKey, type RoomMeta } from "./records";
import { reportLine } from "./reports";
import { isSaid, noteSaid } from "./said-ids";
import { compareSeen } from "./transcript-notes";

export type Application = Extract<Processed, { kind: "application" }>;
const mark = new Uint8Array([1]);

export async function receiveContent(draft: Draft, event: RoomEvent, message: Application): Promise<void> {
  const { sender } = message;
  heard(draft, event, message);
  const content = decodeContent(message.plaintext);
  if (content === undefined) {
    draft.unreadable(event.seq, event.at, "unknown-content");
    return;
  }
  compareSeen(draft, event, message, content.seen, content.t);
  const { log, build } = content;
  if (log !== undefined || build !== undefined) draft.statements.push({ log, build, by: sender });
  // Insiders could repeat or copy messages in MLS; here each pair counts once, and each id for its account (MSG-03, MSG-04).
  const pair = draft.keys.used(deviceKey(sender), content.n);
  const said = { messageId: content.id, accountId: sender.accountId };
  if ((await draft.has(pair)) || (await isSaid(draft, said))) return;
  draft.put(pair, mark);
  noteSaid(draft, said);

  const { body } = content;
  if (body.kind === "text" || body.kind === "accept") hasAnswered(draft.meta, sender.accountId);
  switch (body.kind) {
    case "text":
      draft.meta.health = { ...draft.meta.health, received: draft.meta.health.received + 1 };
      draft.line(event.seq, {
        kind: "message",
        at: content.t,
        messageId: content.id,
        author: draft.author(sender),
        own: sender.accountId === draft.identity.accountId,
        text: body.text,
        state: "received",
      });
      draft.willExpire(event.seq, content.t);
      draft.meta.lastText = body.text;
      draft.meta.lastAt = content.t;
      if (sender.accountId === draft.identity.accountId) return;
      draft.meta.unread += 1;
      if (namesUser(body.text, draft.identity.username)) draft.meta.mentions += 1;
      return;
    case "leave": {
      const signature = fromHex(body.signature);
      if (draft.group === undefined || signature === undefined || body.leafIndex !== sender.leafIndex) return;
      const proof = { leafIndex: body.leafIndex, signature };
      if (!(await verifyLeaveProof(draft.group, proof))) return;
      const others = draft.meta.leavers.filter((leaver) => leaver.leafIndex !== proof.leafIndex);
      draft.meta.leavers = [...others, { leafIndex: proof.leafIndex, signature: body.signature }];
      const isOwn = sender.accountId === draft.identity.accountId;
      if (body.account && isOwn) await follow(draft, body.to);
      else if (body.to !== undefined && draft.meta.kind === "direct") draft.meta.movedTo = body.to;
      return;
    }
    case "report":
      // A report about anything but between two people is nobody's business.
      if (draft.meta.kind !== "direct") return;
      draft.line(event.seq, await reportLine(draft, body, sender, content.t));
      if (sender.accountId !== draft.identity.accountId) draft.meta.unread += 1;
      return;
    case "confirm":
      return;
    case "compared": {
      // Between two people only, about this very account, and by the other one: own devices have the mark itself.
      const isMeant = draft.meta.kind === "direct" && body.with === draft.identity.accountId;
      if (isMeant && sender.accountId !== draft.identity.accountId) draft.meta.peerFound = body.found;
      return;
    }
    case "accept":
      // A person said yes on another device of the account.
      if (sender.accountId === draft.identity.accountId) accept(draft);
      return;
  }
}

/** Whoever speaks has accepted. */
function hasAnswered(meta: RoomMeta, accountId: string): void {
  if (meta.unanswered.includes(accountId)) meta.unanswered = meta.unanswered.filter((other) => other !== accountId);
}

/** The account has left on another device: so does this one. */
async function follow(draft: Draft, to: RoomId | undefined): Promise<void> {
  const { group, meta, identity } = draft;
  if (group === undefined || meta.membership !== "joined") return;
  await askToLeave(draft, group, identity, { account: false, to });
}

/** `@name`, where no further letter of a name follows. */
export function namesUser(text: string, username: string): boolean {
  const found = text.toLowerCase().indexOf(`@${username}`);
  return found >= 0 && !/[a-z0-9_-]/.test(text.charAt(found + username.length + 1));
}

/** A readable message proves that its sender shares our epoch: it confirms our join, and spares us confirming others. */
function heard(draft: Draft, event: RoomEvent, message: Application): void {
  const { meta, identity } = draft;
  const sender = deviceKey(message.sender);
  if (sender === deviceKey(identity)) return;
  if (message.epoch === draft.group?.epoch) meta.heardAt = event.seq + meta.shift;
  if (!meta.confirmed && meta.before.includes(sender)) {
    meta.confirmed = true;
    meta.before = [];
  }
  if (message.epoch === draft.group?.epoch && !meta.newcomers.includes(sender)) meta.newcomers = [];
}
