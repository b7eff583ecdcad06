/**
 * Opens a PrivateMessage of one epoch and learns its sender, which ts-mls keeps to itself for application messages. The
 * author of a message is this sender and never a field (M12). Nothing moves unless the signature is right, so a
 * member cannot use up another's keys.
 */
import type { AuthenticatedContent } from "ts-mls/authenticatedContent.js";
import type { GroupContext } from "ts-mls/groupContext.js";
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { decryptSenderData, type PrivateMessage } from "ts-mls/privateMessage.js";
import type { SecretTree } from "ts-mls/secretTree.js";
import { maxForwardRatchetSteps } from "@/lib/protocol/limits";
import { encryptedSenderDataBytes } from "@/lib/protocol/mls/profile";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { IgnoredReason, Member } from "./door";
import type { Inside, PastEpoch } from "./inside";
import { suite } from "./provider";
import type { Roster } from "./people";

export type Opened =
  | {
      readonly ok: true;
      readonly sender: Member;
      readonly content: AuthenticatedContent;
      /** The ratchets with this message's key used up. */
      readonly secretTree: SecretTree;
    }
  | { readonly ok: false; readonly reason: IgnoredReason };

interface EpochKeys {
  readonly senderDataSecret: Uint8Array;
  readonly secretTree: SecretTree;
  readonly groupContext: GroupContext;
  readonly roster: Roster;
}

export function openPrivate({ state, roster }: Inside, message: PrivateMessage): Promise<Opened> {
  const { groupContext, secretTree, keySchedule } = state;
  return openWith({ senderDataSecret: keySchedule.senderDataSecret, secretTree, groupContext, roster }, message);
}

/** Late messages: keys and members of the epoch they were sent in. */
export function openPastPrivate(past: PastEpoch, message: PrivateMessage): Promise<Opened> {
  return openWith(past, message);
}

async function openWith(keys: EpochKeys, message: PrivateMessage): Promise<Opened> {
  const { senderDataSecret, secretTree, groupContext, roster } = keys;
  if (message.encryptedSenderData.length !== encryptedSenderDataBytes) return refuse("malformed");
  const cs = await suite();
  const senderData = await attempt(() => decryptSenderData(message, senderDataSecret, cs), "undecryptable");
  if (!senderData.ok) return senderData;
  if (senderData.value === undefined) return refuse("undecryptable");
  const { leafIndex, generation } = senderData.value;
  const sender = roster.get(leafIndex)?.member;
  const node = secretTree[leafIndex * 2];
  if (sender === undefined || node === undefined) return refuse("not-a-member");
  const ratchet = message.contentType === "application" ? node.application : node.handshake;
  if (ratchet.secret.length === 0) return refuse("undecryptable");
  if (generation < ratchet.generation) return refuse("replayed");
  if (generation - ratchet.generation > maxForwardRatchetSteps) return refuse("undecryptable");
  const { keyRetentionConfig } = clientConfig(new Map());
  const opened = await attempt(
    // The tree serves to look up the signature key only, which we pass.
    () =>
      unprotectPrivateMessage(
        senderDataSecret,
        message,
        secretTree,
        [],
        groupContext,
        keyRetentionConfig,
        cs,
        sender.signatureKey,
      ),
    "undecryptable",
  );
  if (!opened.ok) return opened;
  const { content, tree, consumed } = opened.value;
  // The last one is the AEAD key. The others are still in the group that the caller gave us and may need for a retry.
  consumed.at(-1)?.fill(0);
  return { ok: true, sender, content, secretTree: tree };
}

function refuse(reason: IgnoredReason): Opened {
  return { ok: false, reason };
}
