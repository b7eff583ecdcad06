/**
 * Governed rooms as a person uses them: making, inviting, links, roles, leaving, blocking. What the signed policy forbids is
 * answered before anything is sent; all else becomes a wish that is carried out by a commit (ENG-26).
 */

import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { verifyRevocation } from "../../crypto/account/revocation";
import { inspectGroupInfo } from "../../crypto/mls/group-info";
import { inviteLink, newInviteSecret } from "../../crypto/mls/invite-link";
import { members, policyOf } from "../../crypto/mls/roster";
import { fromHex, toHex } from "../../protocol/bytes";
import { accountIdSchema, roomIdSchema, type MessageId, type RoomId } from "../../protocol/ids";
import { wishesMax } from "../../protocol/limits";
import { decodeLinkFragment, encodeLinkFragment } from "../../protocol/link-fragment";
import { foldUsername, isUsername, roomNameSchema, settledTopicSchema } from "../../protocol/names";
import { ciphersuiteName, encodePolicy, type RoomPolicy } from "../../protocol/policy";
import { mayJoin } from "../../protocol/policy-rules";
import { tellTickets } from "./enter";
import { bad, notFound, ok, type EngineResult } from "./results";
import type { StoredIdentity } from "./identity";
import type { Keyring } from "./keyring";
import { accept, askToLeave } from "./membership";
import { enqueue } from "./outbox";
import { anchorKey, newMeta, type RoomMeta } from "./records";
import { reportBody, reportReaders } from "./reports";
import type { Room, RoomHost } from "./room";
import type { BanView } from "./views";
import { judgeWish, wishSchema, type Wish } from "./wish";

export interface GovernHost extends RoomHost {
  readonly identity: StoredIdentity;
  readonly keyring: Keyring;
  all(): Iterable<Room>;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
  /** Resolves when there is a connection, or after a while. */
  connected(): Promise<void>;
}

export interface RoomChange {
  readonly name?: string;
  readonly topic?: string;
  readonly invite?: "admins" | "members";
  readonly timerMs?: number | null;
}

export interface LinkOptions {
  readonly expiresInMs: number | null;
  readonly uses: number | null;
}

/** How long an account that is about to end waits for its goodbyes. */
const leaveWaitMs = 15_000;
const leavePollMs = 50;
/** How long a person waits for a commit; a wish that takes longer is taken back. */
const wishMs = 25_000;

export class Govern {
  constructor(private readonly host: GovernHost) {}

  /** Repeated with the same `wanted` it makes one room. */
  async createPrivateRoom(
    input: { name: string; topic: string },
    wanted: RoomId,
  ): Promise<EngineResult<{ roomId: RoomId }>> {
    const name = roomNameSchema.safeParse(input.name);
    const topic = settledTopicSchema.safeParse(input.topic.trim().replace(/\s+/g, " "));
    if (!name.success || !topic.success) return bad("BAD_INPUT");
    const { accountId } = this.host.identity;
    const policy: RoomPolicy = {
      kind: "private",
      roomId: wanted,
      suite: ciphersuiteName,
      name: name.data,
      topic: topic.data,
      admins: [accountId],
      invite: "admins",
      timerMs: null,
      history: "none",
      removals: 0,
      bans: [],
      links: [],
      revoked: [],
      secret: toHex(newInviteSecret()),
      stale: false,
      closed: false,
    };
    return await this.#found(policy, name.data);
  }

  /** The one direct room with this account: the one there is, an invitation of theirs, or a new one. */
  async openDirect(name: string, wanted: RoomId): Promise<EngineResult<{ roomId: RoomId }>> {
    const found = await this.#accountOf(name);
    if (!found.ok) return found;
    const { accountId, username } = found.value;
    const { identity } = this.host;
    if (accountId === identity.accountId) return bad("BAD_INPUT");
    for (const room of this.host.all()) {
      const { kind, peer, membership, roomId } = room.data.meta;
      if (kind !== "direct" || peer?.accountId !== accountId || membership === "none") continue;
      if (!room.data.meta.accepted) await this.acceptInvite(roomId);
      return ok({ roomId });
    }
    const [first = "", second = ""] = [identity.accountId, accountId].toSorted();
    const policy: RoomPolicy = {
      kind: "direct",
      roomId: wanted,
      suite: ciphersuiteName,
      peers: [first, second],
      timerMs: null,
      revoked: [],
      secret: toHex(newInviteSecret()),
      stale: false,
    };
    const founded = await this.#found(policy, username, { username, accountId });
    if (!founded.ok) return founded;
    const invited = await this.invite(wanted, username);
    return invited.ok || invited.error.code === "ALREADY_MEMBER" ? founded : invited;
  }

  async invite(roomId: string, name: string): Promise<EngineResult<null>> {
    const found = await this.#accountOf(name);
    if (!found.ok) return found;
    return await this.#wish(roomId, { kind: "invite", ...found.value });
  }

  async acceptInvite(roomId: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined || room.data.meta.accepted) return notFound;
    await room.turn((draft) => {
      accept(draft, true);
    });
    room.kick();
    return ok(null);
  }

  /** Leaves nothing behind: no line, no key, no row. */
  async declineInvite(roomId: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined || room.data.meta.accepted) return notFound;
    return await this.leave(roomId);
  }

  /** With all devices of the account. The last admin among several members names another one first. */
  async leave(roomId: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined) return notFound;
    const { group } = room.data;
    if (group !== undefined && room.data.meta.membership === "joined" && this.#isLastAdmin(room))
      return bad("LAST_ADMIN");
    await room.turn(async (draft) => {
      if (draft.meta.membership === "joining") draft.meta.membership = "none";
      if (draft.meta.membership !== "joined" || draft.group === undefined) return;
      await askToLeave(draft, draft.group, this.host.identity, true);
    });
    room.kick();
    return ok(null);
  }

  /** Leaves all rooms and waits until the goodbyes are sent, for a while; names the rooms that it could not leave. */
  async leaveEverywhere(): Promise<EngineResult<{ left: number; stuck: string[] }>> {
    const { clock } = this.host;
    const rooms = [...this.host.all()].filter(
      ({ data: { meta } }) => meta.membership === "joined" || meta.membership === "leaving",
    );
    for (const room of rooms) {
      if (this.#isLastAdmin(room)) await this.#nameHeir(room);
      await this.leave(room.roomId);
    }
    const isGone = ({ data }: Room) => data.meta.membership === "none";
    const until = clock.now() + leaveWaitMs;
    while (!rooms.every(isGone) && clock.now() < until) {
      await new Promise<void>((resolve) => void clock.schedule(leavePollMs, resolve));
    }
    const stuck = rooms.filter((room) => !isGone(room)).map(({ data }) => data.meta.name);
    return ok({ left: rooms.length - stuck.length, stuck });
  }

  /** Whoever sits first governs the room from now on, as the rules would have it anyway (POL-05). */
  async #nameHeir({ roomId, data: { group } }: Room): Promise<void> {
    const { accountId: self } = this.host.identity;
    const heir = (group === undefined ? [] : members(group)).find(({ accountId }) => accountId !== self);
    if (heir !== undefined) await this.setRole(roomId, heir.accountId, "admin");
  }

  /** `wanted`: id of the wish, so that a call repeated to another tab makes one link. */
  async createLink(
    roomId: string,
    options: LinkOptions,
    wanted = toHex(this.host.random.bytes(16)),
  ): Promise<EngineResult<{ fragment: string }>> {
    const room = this.host.room(roomId);
    const groupId = fromHex(roomId);
    if (room?.data.group === undefined || groupId === undefined) return notFound;
    const secret = newInviteSecret();
    const { key, wrap } = await inviteLink(secret, groupId);
    const { accountId } = this.host.identity;
    const expiresAt = options.expiresInMs === null ? null : this.host.clock.now() + options.expiresInMs;
    await room.turn((draft) => {
      draft.meta.ownLinks = { ...draft.meta.ownLinks, [key]: toHex(secret) };
    });
    const link = { key, wrap, uses: options.uses, expiresAt, by: accountId };
    const made = await this.#wish(roomId, { id: wanted, kind: "link", link });
    if (!made.ok) return made;
    // A link that the server does not know opens nothing.
    const told = await tellTickets(room);
    if (!told.done) return bad("OFFLINE");
    const epoch = room.data.meta.newestEpoch;
    const id = roomIdSchema.parse(roomId);
    return ok({ fragment: encodeLinkFragment({ roomId: id, secret, epoch, inviter: accountId }) });
  }

  revokeLink(roomId: string, key: string): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "unlink", key });
  }

  /** Looks at the room behind the link before joining it: what forbids it is said here. */
  async joinByLink(text: string): Promise<EngineResult<{ roomId: RoomId }>> {
    const fragment = decodeLinkFragment(text.replace(/^#/, ""));
    if (fragment === undefined) return bad("LINK_INVALID");
    const { roomId, secret, epoch, inviter } = fragment;
    const known = this.host.room(roomId);
    if (known !== undefined && known.data.meta.membership !== "none") {
      if (!known.data.meta.accepted) await this.acceptInvite(roomId);
      return ok({ roomId });
    }
    await this.host.connected();
    const groupId = fromHex(roomId) ?? new Uint8Array();
    const link = await inviteLink(secret, groupId);
    const { transport } = this.host;
    const entered = await transport.request("room:enter", { roomId, ticket: link.ticket });
    if (!entered.ok) return entered.error.code === "NOT_FOUND" ? bad("LINK_INVALID") : entered;
    const offered = await transport.request("room:group-info", { roomId });
    if (!offered.ok) return offered;
    // The newest that members vouch for decides: an older one may still open with a link that is dead.
    const { candidates } = offered.value;
    const vouched = candidates.filter(({ attestations }) => attestations > 0);
    const [newest] = (vouched.length > 0 ? vouched : candidates).toSorted((a, b) => b.seq - a.seq);
    for (const { groupInfo } of newest === undefined ? [] : [newest]) {
      const inspected = await inspectGroupInfo(groupInfo, {
        groupId,
        anchors: this.host.anchors,
        unlock: { kind: "link", link },
      });
      if (!inspected.ok || Number(inspected.info.epoch) < epoch) continue;
      const forbidden = this.#whyNot(inspected.info.policy, inspected.info.members, link.key, inviter);
      if (forbidden !== undefined) return bad(forbidden);
      const { policy } = inspected.info;
      const room = this.host.roomFor(roomId, newMeta(roomId, policy.kind === "private" ? policy.name : ""));
      await room.turn(({ meta }) => {
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

  changeRoom(roomId: string, change: RoomChange): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "change", ...change });
  }

  setRole(roomId: string, accountId: string, role: "admin" | "member"): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "role", accountId, role });
  }

  removeMember(roomId: string, accountId: string, { ban }: { ban: boolean }): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "remove", accountId, ban });
  }

  unban(roomId: string, accountId: string): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "unban", accountId });
  }

  closeRoom(roomId: string): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "close" });
  }

  /** Devices that the account has revoked go from every room, with the account's own signature (MLS-20). */
  async removeRevoked(): Promise<void> {
    const { accountId, accountCertificate } = this.host.identity;
    const anchor = await verifyAccountCertificate(accountCertificate);
    const told = await this.host.transport.revocations(accountId);
    if (!told.ok || anchor === undefined) return;
    for (const bytes of told.value) {
      const revocation = await verifyRevocation(bytes, anchor);
      if (revocation !== undefined) await this.#removeDevice(revocation.deviceId, toHex(bytes));
    }
  }

  async #removeDevice(deviceId: string, revocation: string): Promise<void> {
    const { accountId } = this.host.identity;
    for (const room of this.host.all()) {
      const people = room.data.group === undefined ? [] : members(room.data.group);
      if (!people.some((member) => member.accountId === accountId && member.deviceId === deviceId)) continue;
      await room.turn(({ meta, random }) => {
        const isAsked = meta.wishes.some((wish) => wish.kind === "revoke" && wish.deviceId === deviceId);
        if (isAsked || meta.wishes.length >= wishesMax) return;
        meta.wishes = [...meta.wishes, { id: toHex(random.bytes(16)), kind: "revoke", deviceId, revocation }];
      });
      room.kick();
    }
  }

  /** To each admin in the direct room with them; nobody else learns of it. */
  async report(roomId: string, messageIds: readonly MessageId[], reason: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    const readers = room === undefined ? [] : reportReaders(room);
    if (room === undefined || readers.length === 0) return bad("NOT_ALLOWED");
    const body = await reportBody(room, messageIds, reason.trim());
    if (body === undefined) return bad("TEXT_TOO_LONG");
    for (const username of readers) {
      const opened = await this.openDirect(username, roomIdSchema.parse(toHex(this.host.random.bytes(16))));
      if (!opened.ok) return opened;
      const direct = this.host.room(opened.value.roomId);
      if (direct === undefined) return notFound;
      await direct.turn((draft) => {
        enqueue(draft, body);
      });
      direct.kick();
    }
    return ok(null);
  }

  /** A blocked account's invitations are dropped unseen, and the direct room with it is left. */
  async setBlocked(accountId: string, on: boolean): Promise<EngineResult<null>> {
    await this.host.keyring.set(`block/${accountIdSchema.parse(accountId)}`, on);
    if (!on) return ok(null);
    for (const room of this.host.all()) {
      const { kind, peer, accepted, invitedBy, roomId } = room.data.meta;
      const isTheirs =
        kind === "direct" ? peer?.accountId === accountId : !accepted && invitedBy?.accountId === accountId;
      if (isTheirs) await this.leave(roomId);
    }
    return ok(null);
  }

  blocked(): EngineResult<BanView[]> {
    const blocked = this.host.keyring.list("block").filter(({ value }) => value);
    return ok(
      blocked.map(({ id }) => {
        const [username] = [...this.host.pins].find(([, pinned]) => pinned === id) ?? [];
        return username === undefined ? { accountId: id } : { accountId: id, username };
      }),
    );
  }

  async setMuted(roomId: RoomId, on: boolean): Promise<EngineResult<null>> {
    await this.host.keyring.set(`mute/${roomId}`, on);
    return ok(null);
  }

  async setFavourite(roomId: RoomId, on: boolean): Promise<EngineResult<null>> {
    await this.host.keyring.set(`favourite/${roomId}`, on);
    return ok(null);
  }

  async #found(policy: RoomPolicy, name: string, peer?: RoomMeta["peer"]): Promise<EngineResult<{ roomId: RoomId }>> {
    const { roomId } = policy;
    await this.host.connected();
    const created = await this.host.transport.request("room:create", { id: roomId, kind: "private" });
    if (!created.ok) return created;
    const meta: RoomMeta = { ...newMeta(roomId, name), kind: policy.kind, peer, founding: toHex(encodePolicy(policy)) };
    const room = this.host.roomFor(roomId, meta);
    await room.turn((draft) => {
      if (draft.meta.membership === "none") draft.meta.membership = "joining";
    });
    room.kick();
    return ok({ roomId });
  }

  /** The account of a name, as it was met or as the directory says; a name that has another key now is nobody we know. */
  async #accountOf(name: string): Promise<EngineResult<{ accountId: string; username: string }>> {
    const username = foldUsername(name);
    if (!isUsername(username)) return bad("NO_SUCH_ACCOUNT");
    await this.host.connected();
    const found = await this.host.transport.lookUp(username);
    if (!found.ok) return found;
    const account = found.value && (await verifyAccountCertificate(found.value.certificate));
    if (account === undefined || account.username !== username || account.accountId !== found.value?.accountId) {
      return bad("NO_SUCH_ACCOUNT");
    }
    const pinned = this.host.pins.get(username);
    if (pinned !== undefined && pinned !== account.accountId) return bad("NO_SUCH_ACCOUNT");
    await this.host.store.write([{ key: anchorKey(account.accountId), value: account.der }]);
    return ok({ accountId: account.accountId, username });
  }

  async #wish(roomId: string, wanted: Record<string, unknown>): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined) return notFound;
    await this.#present(room);
    const { group } = room.data;
    if (group === undefined || room.data.meta.membership !== "joined") return notFound;
    const parsed = wishSchema.safeParse({ id: toHex(this.host.random.bytes(16)), ...wanted });
    if (!parsed.success) return bad("BAD_INPUT");
    const wish: Wish = parsed.data;
    const verdict = judgeWish(policyOf(group), members(group), this.host.identity.accountId, wish);
    if (verdict === "done") return ok(null);
    if (verdict !== "grant") return bad(verdict);
    if (!this.host.isOnline()) return bad("OFFLINE");
    if (room.data.meta.wishes.length >= wishesMax) return bad("TOO_MANY_REQUESTS");
    const outcome = room.wished(wish.id, wishMs);
    await room.turn((draft) => {
      draft.meta.wishes = [...draft.meta.wishes, wish];
    });
    room.kick();
    const ended = await outcome;
    if (ended === "done") return ok(null);
    if (ended !== undefined) return bad(ended);
    await room.turn((draft) => {
      // Unless its commit is on the way: then it is the order's to say.
      if (draft.commit?.wish !== wish.id) draft.settleWish(wish.id, "NOT_FOUND");
    });
    return bad("OFFLINE");
  }

  /** A room that was founded or entered a moment ago is there soon. */
  async #present(room: Room): Promise<void> {
    const until = this.host.clock.now() + wishMs / 2;
    while (room.data.meta.membership === "joining" && this.host.isOnline() && this.host.clock.now() < until) {
      await new Promise<void>((resolve) => void this.host.clock.schedule(20, resolve));
    }
  }

  #isLastAdmin({ data: { group } }: Room): boolean {
    const policy = group && policyOf(group);
    if (group === undefined || policy?.kind !== "private") return false;
    const { accountId } = this.host.identity;
    const isAlone = members(group).every((member) => member.accountId === accountId);
    return policy.admins.length === 1 && policy.admins[0] === accountId && !isAlone;
  }

  #whyNot(policy: RoomPolicy, people: Parameters<typeof mayJoin>[1], key: string, inviter: string) {
    const { accountId, deviceId } = this.host.identity;
    if (policy.kind !== "private") return "LINK_INVALID" as const;
    if (policy.bans.includes(accountId)) return "BANNED" as const;
    if (policy.closed) return "ROOM_CLOSED" as const;
    const link = policy.links.find((one) => one.key === key);
    // Who made it is named in the link: a name that is somebody else's now does not get us in (S4).
    if (link === undefined || link.by !== inviter) return "LINK_INVALID" as const;
    if (link.expiresAt !== null && link.expiresAt <= this.host.clock.now()) return "LINK_EXPIRED" as const;
    const isIn = people.some((member) => member.accountId === accountId);
    const may = mayJoin(policy, people, { accountId, deviceId }, isIn ? undefined : key);
    return may ? undefined : ("LINK_USED_UP" as const);
  }
}
