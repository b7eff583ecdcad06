/**
 * Governed rooms as a person uses them: making, inviting, links, roles, leaving, blocking. What the signed policy forbids is
 * answered before anything is sent; all else becomes a wish that is carried out by a commit (ENG-26).
 */

import { newInviteSecret } from "../../crypto/mls/invite-link";
import { toHex } from "../../protocol/bytes";
import { accountIdSchema, roomIdSchema, type MessageId, type RoomId } from "../../protocol/ids";
import type { KeyringKey } from "../../protocol/keyring";
import { decodeLinkFragment } from "../../protocol/link-fragment";
import { roomNameSchema, settledTopicSchema } from "../../protocol/names";
import { ciphersuiteName, type RoomPolicy } from "../../protocol/policy";
import { openDirect } from "./direct-rooms";
import { accountOf, found } from "./found";
import type { GovernHost } from "./govern-host";
import { leave, leaveAllWith, leaveEverywhere } from "./leaving";
import { createLink, joinByLink, type LinkOptions } from "./links";
import { makeWish } from "./make-wish";
import { accept } from "./membership";
import { enqueue } from "./outbox";
import { reportBody, reportReaders } from "./reports";
import { bad, notFound, ok, type EngineResult } from "./results";
import { holdsOf } from "./trust/hold";
import type { BanView } from "./views";

export interface RoomChange {
  readonly name?: string;
  readonly topic?: string;
  readonly invite?: "admins" | "members";
  readonly timerMs?: number | null;
}

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
    return await found(this.host, policy, name.data);
  }

  openDirect(name: string, wanted: RoomId): Promise<EngineResult<{ roomId: RoomId }>> {
    return openDirect(this.host, name, wanted);
  }

  async invite(roomId: string, name: string): Promise<EngineResult<null>> {
    const account = await accountOf(this.host, name);
    if (!account.ok) return account;
    return await this.#wish(roomId, { kind: "invite", ...account.value });
  }

  async acceptInvite(roomId: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined || room.data.meta.accepted) return notFound;
    const isIn = await room.turn((draft) => {
      accept(draft, true);
      return draft.meta.accepted;
    });
    room.kick();
    return isIn ? ok(null) : notFound;
  }

  /** Leaves nothing behind: no line, no key, no row. */
  async declineInvite(roomId: string): Promise<EngineResult<null>> {
    const room = this.host.room(roomId);
    if (room === undefined || room.data.meta.accepted) return notFound;
    return await this.leave(roomId);
  }

  leave(roomId: string): Promise<EngineResult<null>> {
    return leave(this.host, roomId);
  }

  leaveEverywhere(): Promise<EngineResult<{ left: number; stuck: string[] }>> {
    return leaveEverywhere(this.host);
  }

  createLink(
    roomId: string,
    options: LinkOptions,
    wanted = toHex(this.host.random.bytes(16)),
  ): Promise<EngineResult<{ fragment: string }>> {
    return createLink(this.host, roomId, options, wanted);
  }

  revokeLink(roomId: string, key: string): Promise<EngineResult<null>> {
    return this.#wish(roomId, { kind: "unlink", key });
  }

  async joinByLink(text: string): Promise<EngineResult<{ roomId: RoomId }>> {
    const roomId = decodeLinkFragment(text.replace(/^#/, ""))?.roomId;
    const known = roomId && this.host.room(roomId);
    if (roomId === undefined || known === undefined || known.data.meta.membership === "none") {
      return await joinByLink(this.host, text);
    }
    if (!known.data.meta.accepted) await this.acceptInvite(roomId);
    return ok({ roomId });
  }

  /** Name and topic are words as well: they wait for proofs (LOG-11), but for no person's decision (VER-09). */
  async changeRoom(roomId: string, change: RoomChange): Promise<EngineResult<null>> {
    const [hold] = holdsOf(this.host.room(roomId)?.data.group, this.host);
    if (hold !== undefined && (change.name !== undefined || change.topic !== undefined))
      return bad(hold.why === "mismatch" ? "PERSON_DISTRUSTED" : "PERSON_REPLACED");
    return await this.#wish(roomId, { kind: "change", ...change });
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
    if (on) await leaveAllWith(this.host, accountId);
    return ok(null);
  }

  /** Whom the account has blocked on another device, or on this one just before its tab died; all of them when `keys` is left out. */
  async heedBlocks(keys?: readonly KeyringKey[]): Promise<void> {
    for (const { id, value } of this.host.keyring.list("block")) {
      const isMeant = keys === undefined || keys.includes(`block/${accountIdSchema.parse(id)}`);
      if (value && isMeant) await leaveAllWith(this.host, id);
    }
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

  #wish(roomId: string, wanted: Record<string, unknown>): Promise<EngineResult<null>> {
    return makeWish(this.host, roomId, wanted);
  }
}
