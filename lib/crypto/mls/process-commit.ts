/**
 * Commits in: opened, judged, applied by ts-mls, then settled. A commit that removes this device cannot be applied by
 * it (it is in no path); it is judged all the same, its path included, before this device believes it.
 */
import type { Commit } from "ts-mls/commit.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import { processPrivateMessage, processPublicMessage } from "ts-mls/processMessages.js";
import type { ClientState } from "ts-mls/clientState.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import type { PublicMessage } from "ts-mls/publicMessage.js";
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js";
import { toLeafIndex } from "ts-mls/treemath.js";
import { applyUpdatePath } from "ts-mls/updatePath.js";
import { hashBytes } from "@/lib/protocol/mls/profile";
import { attempt } from "./attempt";
import { clientConfig } from "./config";
import type { Group, IgnoredReason, Member, MemberRemoval, OffenceKind, Processed } from "./door";
import { closeGroup, pastOfNext, type Inside } from "./inside";
import { judgeCommit, type Judged } from "./judge";
import { openPrivate } from "./open-private";
import { suite } from "./provider";
import { checkedOf, rosterOf, type Checked } from "./people";
import { settle } from "./settle";
import { applyToTree, hasSoundKeys } from "./tree";

/** `message` is a commit of the current epoch. */
export async function processMemberCommit(inside: Inside, message: PrivateMessage): Promise<Processed> {
  const opened = await openPrivate(inside, message);
  if (!opened.ok) return ignored(opened.reason);
  const { content } = opened.content;
  if (content.contentType !== "commit") throw new Error("the content type is part of what was decrypted");
  // Whatever becomes of the commit, its key is used up.
  const group = closeGroup({ ...inside, state: { ...inside.state, secretTree: opened.secretTree } });
  const judged = await judgeCommit(inside, opened.sender.leafIndex, content.commit, content.authenticatedData);
  if (!judged.ok) {
    const offence = { by: opened.sender, kind: offenceKind(content.commit) };
    return { ...ignored(judged.reason, group), ...(judged.reason === "not-allowed" ? { offence } : {}) };
  }
  // Our own commit comes back to a state that did not keep its secrets.
  if (opened.sender.leafIndex === inside.state.privatePath.leafIndex) return ignored("undecryptable", group);
  if (ownRemoval(inside, judged) !== undefined) return await removedBy(inside, judged, opened.sender, false, group);
  const cs = await suite();
  return await apply(inside, judged, false, group, async (state) => {
    const result = await processPrivateMessage(state, message, emptyPskIndex, cs);
    if (result.kind !== "newState") throw new Error("a commit leads to a new state");
    return result.newState;
  });
}

/** `message` is an external commit of the current epoch. */
export async function processExternalCommit(inside: Inside, message: PublicMessage): Promise<Processed> {
  const { state } = inside;
  const { content, auth } = message;
  if (content.contentType !== "commit" || auth.contentType !== "commit") return ignored("malformed");
  if (auth.confirmationTag.length !== hashBytes) return ignored("malformed");
  const cs = await suite();
  const { membershipKey } = state.keySchedule;
  const judged = await judgeCommit(inside, undefined, content.commit, content.authenticatedData);
  if (!judged.ok && judged.joiner === undefined) return ignored(judged.reason);
  const signed = await attempt(
    () => unprotectPublicMessage(membershipKey, state.groupContext, state.ratchetTree, message, cs),
    "bad-signature",
  );
  if (!signed.ok) return ignored(judged.ok ? signed.reason : judged.reason);
  // Only now is the name in its certificate the one who sent it.
  if (!judged.ok) {
    const offence = judged.joiner && { by: judged.joiner, kind: "enter" as const };
    return { ...ignored(judged.reason), ...(offence === undefined ? {} : { offence }) };
  }
  const former = ownRemoval(inside, judged);
  if (former !== undefined) return await removedBy(inside, judged, former.member, true);
  return await apply(inside, judged, true, undefined, async (current) => {
    const { newState } = await processPublicMessage(current, message, emptyPskIndex, cs);
    return newState;
  });
}

async function apply(
  inside: Inside,
  judged: Judged,
  external: boolean,
  consumed: Group | undefined,
  advance: (state: ClientState) => Promise<ClientState>,
): Promise<Processed> {
  const checked = checkedWith(inside, judged);
  const applied = await attempt(() => advance({ ...inside.state, clientConfig: clientConfig(checked) }), "bad-tree");
  if (!applied.ok) return ignored(applied.reason, consumed);
  const settled = await settle(applied.value, checked, judged.anchors, pastOfNext(inside));
  if (!settled.ok) return ignored(settled.reason, consumed);
  const { group, roster } = settled;
  const removed = new Set(judged.removals.map(({ member }) => member.leafIndex));
  const members = [...roster.values()].map(({ member }) => member);
  // A leaf that was blank or has just been emptied: whoever sits there now is new.
  const added = members.filter(({ leafIndex }) => removed.has(leafIndex) || !inside.roster.has(leafIndex));
  const committer = roster.get(judged.committerIndex)?.member;
  if (committer === undefined) throw new Error("the committer has no leaf");
  const { removals, revocations } = judged;
  return { kind: "commit", group, committer, external, added, removals, revocations };
}

/** All that a removed device can check: leaf signature, path, parent hashes, keys and people of the new tree. */
async function removedBy(
  inside: Inside,
  judged: Judged,
  committer: Member,
  external: boolean,
  consumed?: Group,
): Promise<Processed> {
  const { state } = inside;
  const cs = await suite();
  const { path, committerIndex } = judged;
  const removed = judged.removals.map(({ member }) => member.leafIndex);
  const { tree } = applyToTree(state.ratchetTree, removed, external ? [path.leafNode] : []);
  const { groupId } = state.groupContext;
  if (!(await verifyLeafNodeSignature(path.leafNode, groupId, committerIndex, cs.signature))) {
    return ignored("bad-signature", consumed);
  }
  const after = await attempt(
    () => applyUpdatePath(tree, toLeafIndex(committerIndex), path, cs.hash, external),
    "bad-tree",
  );
  if (!after.ok) return ignored(after.reason, consumed);
  if (!hasSoundKeys(after.value)) return ignored("bad-tree", consumed);
  if (rosterOf(after.value, checkedWith(inside, judged)) === undefined) return ignored("bad-credential", consumed);
  const reason = ownRemoval(inside, judged)?.reason;
  if (reason === undefined) throw new Error("this commit does not remove this device");
  return { kind: "removed", committer, reason };
}

function ownRemoval({ state }: Inside, { removals }: Judged): MemberRemoval | undefined {
  return removals.find(({ member }) => member.leafIndex === state.privatePath.leafIndex);
}

function checkedWith(inside: Inside, judged: Judged): Checked {
  return new Map([...checkedOf(inside.roster), ...judged.checked]);
}

function offenceKind({ proposals }: Commit): OffenceKind {
  const types = proposals.map((item) =>
    item.proposalOrRefType === "proposal" ? item.proposal.proposalType : undefined,
  );
  if (types.includes("remove")) return "remove";
  if (types.includes("add")) return "add";
  return types.includes("group_context_extensions") ? "policy" : "other";
}

function ignored(reason: IgnoredReason, group?: Group): Extract<Processed, { kind: "ignored" }> {
  return group === undefined ? { kind: "ignored", reason } : { kind: "ignored", reason, group };
}
