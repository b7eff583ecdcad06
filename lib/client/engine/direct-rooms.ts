/**
 * One direct room for each pair of accounts. Two people who open one with each other in the same moment make two; each device of
 * both reads in the signed trees that both accounts are in both rooms, and goes on in the one whose id comes first (ENG-31). What
 * was said in the other goes along (united-words.ts), and the account leaves it. Nothing of it is asked of the server.
 */

import { newInviteSecret } from "../../crypto/mls/invite-link";
import { members, policyOf } from "../../crypto/mls/roster";
import { toHex } from "../../protocol/bytes";
import type { RoomId } from "../../protocol/ids";
import { ciphersuiteName, type RoomPolicy } from "../../protocol/policy";
import { accountOf, found } from "./found";
import type { GovernHost } from "./govern-host";
import { makeWish, present } from "./make-wish";
import { accept } from "./membership";
import { bad, ok, type EngineResult } from "./results";
import type { Room } from "./room";
import { carryRest, moveWords } from "./united-words";

/** The one direct room with this account: the one there is, an invitation of theirs, or a new one. */
export async function openDirect(
  host: GovernHost,
  name: string,
  wanted: RoomId,
): Promise<EngineResult<{ roomId: RoomId }>> {
  const account = await accountOf(host, name);
  if (!account.ok) return account;
  const { accountId, username } = account.value;
  const { identity } = host;
  if (accountId === identity.accountId) return bad("BAD_INPUT");
  // A room with somebody blocked is left again wherever it is found.
  if (host.keyring.get(`block/${accountId}`) === true) return bad("PERSON_BLOCKED");
  const known = directWith(host, accountId);
  if (known === undefined) {
    const founded = await foundDirect(host, wanted, account.value);
    if (!founded.ok) return founded;
  }
  const room = known ?? host.room(wanted);
  if (room === undefined) return bad("NOT_FOUND");
  if (!room.data.meta.accepted) await acceptDirect(room);
  if (known === undefined) await present(host, room);
  // Theirs may have come meanwhile; and who founded one and lost the connection has invited nobody yet.
  const there = directWith(host, accountId) ?? room;
  if (isTogether(there, accountId) || there.data.group === undefined) return ok({ roomId: there.roomId });
  const invited = await makeWish(host, there.roomId, { kind: "invite", username, accountId });
  const now = directWith(host, accountId) ?? there;
  const isOver = invited.ok || known !== undefined || isTogether(now, accountId);
  return isOver ? ok({ roomId: now.roomId }) : invited;
}

async function foundDirect(
  host: GovernHost,
  roomId: RoomId,
  peer: { readonly accountId: string; readonly username: string },
): Promise<EngineResult<unknown>> {
  const [first = "", second = ""] = [host.identity.accountId, peer.accountId].toSorted();
  const policy: RoomPolicy = {
    kind: "direct",
    roomId,
    suite: ciphersuiteName,
    peers: [first, second],
    timerMs: null,
    revoked: [],
    secret: toHex(newInviteSecret()),
    stale: false,
  };
  return await found(host, policy, peer.username, peer);
}

async function acceptDirect(room: Room): Promise<void> {
  await room.turn((draft) => {
    if (draft.meta.membership !== "none") accept(draft, true);
  });
  room.kick();
}

/** Where both are comes first, then what comes first by its id. */
export function directWith(host: Pick<GovernHost, "all">, accountId: string): Room | undefined {
  const rooms = [...host.all()].filter(({ data: { meta } }) => {
    const isPresent = meta.membership === "joined" || meta.membership === "joining";
    return isPresent && meta.kind === "direct" && meta.peer?.accountId === accountId && meta.movedTo === undefined;
  });
  const [best] = rooms.toSorted((a, b) => {
    const together = Number(isTogether(b, accountId)) - Number(isTogether(a, accountId));
    return together === 0 ? byId(a, b) : together;
  });
  return best;
}

function isTogether({ data: { group, meta } }: Room, accountId: string): boolean {
  const isLeaving = (leafIndex: number) => meta.leavers.some((leaver) => leaver.leafIndex === leafIndex);
  const people = group === undefined ? [] : members(group);
  return people.some((member) => member.accountId === accountId && !isLeaving(member.leafIndex));
}

function byId(a: Room, b: Room): number {
  return a.roomId < b.roomId ? -1 : 1;
}

/** Where a direct room that was given up goes on, when that is here. */
export function successorOf(room: Room, host: Pick<GovernHost, "room">): Room | undefined {
  const { movedTo, peer } = room.data.meta;
  const next = movedTo === undefined ? undefined : host.room(movedTo);
  if (next === undefined || next === room) return undefined;
  const { meta } = next.data;
  const isPresent = meta.membership === "joined" || meta.membership === "joining";
  const isSamePair = meta.kind === "direct" && peer !== undefined && meta.peer?.accountId === peer.accountId;
  return isPresent && isSamePair ? next : undefined;
}

interface Pair {
  readonly peer: string;
  /** The one that goes on. */
  readonly stays: Room;
  readonly ends: readonly Room[];
}

/** Pairs with more than one room, from what the signed state of each says. */
function pairsOf(host: GovernHost): Pair[] {
  const { accountId: self } = host.identity;
  const byPeer = new Map<string, Room[]>();
  for (const room of host.all()) {
    const peer = peerIn(room, self);
    if (peer !== undefined) byPeer.set(peer, [...(byPeer.get(peer) ?? []), room]);
  }
  return [...byPeer].flatMap(([peer, rooms]) => {
    const both = rooms.filter((room) => isTogether(room, peer)).toSorted(byId);
    const [stays, ...others] = both;
    // One in which the other has never been, or which the other has left by this rule, is given up as well.
    const alone = rooms.filter((room) => !both.includes(room) && (isNew(room) || room.data.meta.movedTo !== undefined));
    const ends = [...others, ...alone];
    // On a branch that nobody shares it might not go on.
    const isSure = stays?.data.meta.confirmed === true;
    return isSure && ends.length > 0 ? [{ peer, stays, ends }] : [];
  });
}

/** The other account of a direct room that this device is in; `undefined` for all else. */
function peerIn({ data: { meta, group } }: Room, self: string): string | undefined {
  if (meta.kind !== "direct" || meta.membership !== "joined" || group === undefined) return undefined;
  const policy = policyOf(group);
  return policy.kind === "direct" ? policy.peers.find((accountId) => accountId !== self) : undefined;
}

function isNew({ data: { group } }: Room): boolean {
  return group?.epoch === 0n;
}

/** Looks whether pairs have more than one room, and unites them. One look at a time; whatever fails is done at the next. */
export class DirectRooms {
  #running: Promise<void> | undefined;
  #again = false;

  constructor(private readonly host: GovernHost) {}

  look(): void {
    if (pairsOf(this.host).length === 0 && this.#gone().length === 0) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        for (const pair of pairsOf(this.host)) await this.#unite(pair);
        for (const room of this.#gone()) await this.#finish(room);
      }
    } catch {
      // The store failed: both rooms stand as they did, and are looked at again.
    } finally {
      this.#running = undefined;
    }
  }

  async #unite({ peer, stays, ends }: Pair): Promise<void> {
    if (this.host.keyring.get(`block/${peer}`) === true) return;
    // Who has begun or accepted one of them has answered the other.
    const isAnswered = [stays, ...ends].some(({ data: { meta } }) => meta.accepted);
    if (isAnswered && !stays.data.meta.accepted) await acceptDirect(stays);
    for (const room of ends) await moveWords(room, stays);
  }

  /** Rooms that were given up and left. */
  #gone(): Room[] {
    return [...this.host.all()].filter((room) => {
      const { membership, movedTo, goodbye } = room.data.meta;
      if (membership !== "none" || movedTo === undefined || goodbye !== undefined) return false;
      return successorOf(room, this.host)?.data.meta.membership === "joined";
    });
  }

  /** What came between the move and the goodbye goes along too. A room with more in it than that stays to be read. */
  async #finish(room: Room): Promise<void> {
    const next = successorOf(room, this.host);
    if (next === undefined) return;
    if (await carryRest(room, next)) await room.forget();
  }
}
