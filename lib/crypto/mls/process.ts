/**
 * One event of the room's order, applied. Every member comes to the same answer for the same event (DESIGN section 4); bytes from
 * outside never throw.
 */
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import type { PublicMessage } from "ts-mls/publicMessage.js";
import { equalBytes } from "@/lib/protocol/bytes";
import { eventMaxBytes } from "@/lib/protocol/limits";
import type { Group, IgnoredReason, Processed } from "./door";
import { closeGroup, openGroup, type Inside, type PastEpoch } from "./inside";
import { openPastPrivate, openPrivate } from "./open-private";
import { processExternalCommit, processMemberCommit } from "./process-commit";
import { decodeWire } from "./wire";

/** Rejects only when the platform fails, then nothing is decided; store `group` of the result before the next event. */
export async function processEvent(group: Group, message: Uint8Array): Promise<Processed> {
  const inside = openGroup(group);
  const decoded = decodeWire(message, eventMaxBytes);
  if (decoded?.wireformat === "mls_private_message") return await processPrivate(inside, decoded.privateMessage);
  if (decoded?.wireformat === "mls_public_message") return await processPublic(inside, decoded.publicMessage);
  return ignored("malformed");
}

async function processPrivate(inside: Inside, message: PrivateMessage): Promise<Processed> {
  const { groupContext } = inside.state;
  if (!equalBytes(message.groupId, groupContext.groupId)) return ignored("wrong-group");
  if (message.epoch > groupContext.epoch) return ignored("future-epoch");
  // Proposals travel inside commits only (MLS-06).
  if (message.contentType === "proposal") return ignored("not-allowed");
  if (message.contentType === "commit") {
    return message.epoch === groupContext.epoch ? await processMemberCommit(inside, message) : ignored("late-epoch");
  }
  // A channel outside the encryption that nobody uses (PEEK-02).
  if (message.authenticatedData.length > 0) return ignored("malformed");
  if (message.epoch === groupContext.epoch) return await processApplication(inside, message);
  const past = inside.past.get(message.epoch);
  return past === undefined ? ignored("late-epoch") : await processLate(inside, past, message);
}

async function processApplication(inside: Inside, message: PrivateMessage): Promise<Processed> {
  const opened = await openPrivate(inside, message);
  if (!opened.ok) return ignored(opened.reason);
  const next = { ...inside, state: { ...inside.state, secretTree: opened.secretTree } };
  return application(next, opened, message.epoch);
}

async function processLate(inside: Inside, past: PastEpoch, message: PrivateMessage): Promise<Processed> {
  const opened = await openPastPrivate(past, message);
  if (!opened.ok) return ignored(opened.reason);
  // Replacing a key keeps the order of a Map.
  const epochs = new Map(inside.past).set(message.epoch, { ...past, secretTree: opened.secretTree });
  return application({ ...inside, past: epochs }, opened, message.epoch);
}

function application(
  inside: Inside,
  { content, sender }: Extract<Awaited<ReturnType<typeof openPrivate>>, { ok: true }>,
  epoch: bigint,
): Processed {
  if (content.content.contentType !== "application") throw new Error("the content type is part of what was decrypted");
  const plaintext = content.content.applicationData.slice();
  return { kind: "application", group: closeGroup(inside), plaintext, sender, epoch };
}

async function processPublic(inside: Inside, message: PublicMessage): Promise<Processed> {
  const { groupContext } = inside.state;
  const { content } = message;
  if (!equalBytes(content.groupId, groupContext.groupId)) return ignored("wrong-group");
  if (content.epoch > groupContext.epoch) return ignored("future-epoch");
  if (content.epoch < groupContext.epoch) return ignored("late-epoch");
  // Members speak privately; strangers may not propose (S2).
  if (message.senderType !== "new_member_commit" || content.contentType !== "commit") return ignored("not-allowed");
  return await processExternalCommit(inside, message);
}

function ignored(reason: IgnoredReason): Processed {
  return { kind: "ignored", reason };
}
