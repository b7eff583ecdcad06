/** Invite links: making one, and coming in by one (POL-06, POL-08). */

import { inspectGroupInfo } from "../../crypto/mls/group-info";
import { inviteLink, newInviteSecret, type InviteLink } from "../../crypto/mls/invite-link";
import { fromHex, toHex } from "../../protocol/bytes";
import { roomIdSchema, type RoomId } from "../../protocol/ids";
import { decodeLinkFragment, encodeLinkFragment } from "../../protocol/link-fragment";
import type { RoomPolicy } from "../../protocol/policy";
import { mayJoin } from "../../protocol/policy-rules";
import { AnchorsUnavailable } from "./anchors";
import { tellTickets } from "./enter";
import type { GovernHost } from "./govern-host";
import { makeWish } from "./make-wish";
import { accept } from "./membership";
import { newMeta } from "./records";
import { bad, notFound, ok, type EngineResult } from "./results";

export interface LinkOptions {
  readonly expiresInMs: number | null;
  readonly uses: number | null;
}

/** `wanted`: id of the wish, so that a call repeated to another tab makes one link. */
export async function createLink(
  host: GovernHost,
  roomId: string,
  options: LinkOptions,
  wanted: string,
): Promise<EngineResult<{ fragment: string }>> {
  const room = host.room(roomId);
  const groupId = fromHex(roomId);
  if (room?.data.group === undefined || groupId === undefined) return notFound;
  const secret = newInviteSecret();
  const { key, wrap } = await inviteLink(secret, groupId);
  const { accountId } = host.identity;
  // A whole second, as the fragment has it.
  const expiresAt =
    options.expiresInMs === null ? null : Math.ceil((host.clock.now() + options.expiresInMs) / 1000) * 1000;
  await room.turn((draft) => {
    draft.meta.ownLinks = { ...draft.meta.ownLinks, [key]: toHex(secret) };
  });
  const link = { key, wrap, uses: options.uses, expiresAt, by: accountId };
  const made = await makeWish(host, roomId, { id: wanted, kind: "link", link });
  if (!made.ok) return made;
  // A link that the server does not know opens nothing.
  const told = await tellTickets(room);
  if (!told.done) return bad("OFFLINE");
  const epoch = room.data.meta.newestEpoch;
  const id = roomIdSchema.parse(roomId);
  return ok({ fragment: encodeLinkFragment({ roomId: id, secret, epoch, inviter: accountId, endsAt: expiresAt }) });
}

/** Looks at the room behind the link before joining it: what forbids it is said here. */
export async function joinByLink(host: GovernHost, text: string): Promise<EngineResult<{ roomId: RoomId }>> {
  const fragment = decodeLinkFragment(text.replace(/^#/, ""));
  if (fragment === undefined) return bad("LINK_INVALID");
  const { roomId, secret, epoch, inviter, endsAt } = fragment;
  if (endsAt !== null && endsAt <= host.clock.now()) return bad("LINK_EXPIRED");
  await host.connected();
  const groupId = fromHex(roomId) ?? new Uint8Array();
  const link = await inviteLink(secret, groupId);
  const { transport } = host;
  const entered = await transport.request("room:enter", { roomId, ticket: link.ticket });
  if (!entered.ok) return entered.error.code === "NOT_FOUND" ? bad("LINK_INVALID") : entered;
  const offered = await transport.request("room:group-info", { roomId });
  if (!offered.ok) return offered;
  // The newest that members vouch for decides: an older one may still open with a link that is dead.
  const { candidates } = offered.value;
  const vouched = candidates.filter(({ attestations }) => attestations > 0);
  const [newest] = (vouched.length > 0 ? vouched : candidates).toSorted((a, b) => b.seq - a.seq);
  for (const { groupInfo } of newest === undefined ? [] : [newest]) {
    const inspected = await inspect(host, groupInfo, groupId, link);
    if (inspected === undefined) return bad("OFFLINE");
    if (!inspected.ok || Number(inspected.info.epoch) < epoch) continue;
    const forbidden = whyNot(host, inspected.info.policy, inspected.info.members, link.key, inviter);
    if (forbidden !== undefined) return bad(forbidden);
    const { policy } = inspected.info;
    const room = host.roomFor(roomId, newMeta(roomId, policy.kind === "private" ? policy.name : ""));
    await room.turn((draft) => {
      const { meta } = draft;
      // An invitation was opened meanwhile: who comes by the link says yes to it.
      if (meta.membership !== "none") {
        accept(draft, true);
        return;
      }
      meta.kind = "private";
      meta.membership = "joining";
      meta.via = { secret: toHex(secret), epoch, inviter };
      meta.accepted = true;
      meta.purge = false;
    });
    room.kick();
    return ok({ roomId });
  }
  return bad("LINK_INVALID");
}

/** `undefined`: whose room it is cannot be looked up now. */
async function inspect({ anchors }: GovernHost, groupInfo: Uint8Array, groupId: Uint8Array, link: InviteLink) {
  try {
    return await inspectGroupInfo(groupInfo, { groupId, anchors, unlock: { kind: "link", link } });
  } catch (error) {
    if (error instanceof AnchorsUnavailable) return undefined;
    throw error;
  }
}

function whyNot(
  { identity, clock }: GovernHost,
  policy: RoomPolicy,
  people: Parameters<typeof mayJoin>[1],
  key: string,
  inviter: string,
) {
  const { accountId, deviceId } = identity;
  if (policy.kind !== "private") return "LINK_INVALID" as const;
  if (policy.bans.includes(accountId)) return "BANNED" as const;
  if (policy.closed) return "ROOM_CLOSED" as const;
  const link = policy.links.find((one) => one.key === key);
  // Who made it is named in the link: a name that is somebody else's now does not get us in (S4).
  if (link === undefined || link.by !== inviter) return "LINK_INVALID" as const;
  if (link.expiresAt !== null && link.expiresAt <= clock.now()) return "LINK_EXPIRED" as const;
  const isIn = people.some((member) => member.accountId === accountId);
  const may = mayJoin(policy, people, { accountId, deviceId }, isIn ? undefined : key);
  return may ? undefined : ("LINK_USED_UP" as const);
}
