/** Being delivered to: an open room takes anybody, a private one who shows a ticket or is on its roster (DS-13). */

import { inviteLink, roomTicket, ticketsOf } from "../../crypto/mls/invite-link";
import { policyOf } from "../../crypto/mls/roster";
import type { GroupInfoKey } from "../../crypto/mls/seal";
import { fromHex, toHex } from "../../protocol/bytes";
import type { Room } from "./room";
import { waitAfter, type Step } from "./step";

export async function enterRoom(room: Room) {
  const { roomId } = room;
  const ticket = await ticketOf(room);
  const request = { roomId, ...(ticket === undefined ? {} : { ticket }) };
  return await room.host.transport.request("room:enter", request);
}

async function ticketOf(room: Room): Promise<Uint8Array | undefined> {
  const { meta } = room.data;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const via = meta.via && fromHex(meta.via.secret);
  if (via !== undefined) return (await inviteLink(via, groupId)).ticket;
  const secret = meta.secret === undefined ? undefined : fromHex(meta.secret);
  return secret && roomTicket(secret, groupId);
}

/** A private room's server lets in who shows a ticket: those of the links and the secret of now. */
export async function tellTickets(room: Room): Promise<Step> {
  const { group } = room.data;
  const policy = group && policyOf(group);
  if (group === undefined || policy === undefined || policy.kind === "open") return { done: true };
  const tickets = ticketsOf(policy, group.groupId);
  const told = tickets.map(({ hash, endsAt }) => `${toHex(hash)} ${String(endsAt)}`).join();
  if (told === room.ticketsTold) return { done: true };
  const answer = await room.host.transport.request("room:tickets", { roomId: room.roomId, tickets });
  if (!answer.ok) return answer.error.code === "BAD_EVENT" ? { done: true } : waitAfter(answer.error);
  room.ticketsTold = told;
  return { done: true };
}

/** What opens the room's sealed GroupInfo: the secret of members, or the link by which we come. */
export async function groupInfoKey(room: Room): Promise<GroupInfoKey | undefined> {
  const { meta } = room.data;
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const via = meta.via && fromHex(meta.via.secret);
  if (via !== undefined) return { kind: "link", link: await inviteLink(via, groupId) };
  const secret = meta.secret === undefined ? undefined : fromHex(meta.secret);
  return secret && { kind: "secret", secret };
}
