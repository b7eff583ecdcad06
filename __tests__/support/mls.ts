/** Devices, a room in one process, and the means of an insider who does not keep to the rules. */
import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import { adoptCommit } from "@/lib/crypto/mls/adopt";
import { commit, type CommitOptions } from "@/lib/crypto/mls/commit";
import { createGroup } from "@/lib/crypto/mls/create";
import type { AnchorSource, DeviceIdentity, Group, MadeCommit, Processed } from "@/lib/crypto/mls/door";
import { encrypt } from "@/lib/crypto/mls/encrypt";
import { joinExternal } from "@/lib/crypto/mls/join-external";
import { joinWelcome } from "@/lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "@/lib/crypto/mls/key-package";
import type { GroupInfoKey } from "@/lib/crypto/mls/seal";
import { processEvent } from "@/lib/crypto/mls/process";
import { epochAuthenticator } from "@/lib/crypto/mls/roster";
import { fromHex, toHex, utf8 } from "@/lib/protocol/bytes";
import { roomIdSchema } from "@/lib/protocol/ids";
import { ciphersuiteName, type RoomPolicy } from "@/lib/protocol/policy";

export const now = new Date("2026-11-20T12:00:00Z");
export const groupId = Uint8Array.from({ length: 16 }, (_, index) => index + 1);

/** Of an open room whose id is `id`. */
export function openPolicy(id: Uint8Array = groupId): RoomPolicy {
  return {
    kind: "open",
    roomId: roomIdSchema.parse(toHex(id)),
    name: "General",
    suite: ciphersuiteName,
    revoked: [],
  };
}

/** RSA keys are slow to make: one set per test file. */
export class World {
  readonly #accounts = new Map<string, Promise<MadeAccount>>();
  readonly #directory = new Map<string, Uint8Array>();

  readonly anchors: AnchorSource = (accountId) => Promise.resolve(this.#directory.get(accountId));

  async account(username: string): Promise<MadeAccount> {
    const made = this.#accounts.get(username) ?? makeAccount(username, now);
    this.#accounts.set(username, made);
    const account = await made;
    this.#directory.set(account.accountId, account.certificate);
    return account;
  }

  async device(username: string): Promise<DeviceIdentity> {
    return await makeDevice({ account: await this.account(username), now });
  }
}

/** One member's device: its identity and the group as it sees it. */
export interface Seat {
  readonly identity: DeviceIdentity;
  group: Group;
}

/** A room with its newest GroupInfo; events go to all seats at once, in order. */
export class Room {
  readonly seats: Seat[] = [];

  private constructor(
    readonly world: World,
    public groupInfo: Uint8Array,
  ) {}

  static async of(world: World, usernames: readonly string[], id: Uint8Array = groupId): Promise<Room> {
    const [first = "alice", ...others] = usernames;
    const room = await Room.founded(world, await world.device(first), openPolicy(id));
    for (const username of others) await room.join(await world.device(username));
    return room;
  }

  static async founded(world: World, identity: DeviceIdentity, policy: RoomPolicy): Promise<Room> {
    const id = fromHex(policy.roomId) ?? new Uint8Array();
    const { group, groupInfo } = await createGroup({ groupId: id, identity, policy });
    const room = new Room(world, groupInfo);
    room.seats.push({ identity, group });
    return room;
  }

  /** By Add and Welcome, all at once. */
  async invite(seat: Seat, identities: readonly DeviceIdentity[]): Promise<Seat[]> {
    const packages = await Promise.all(identities.map((identity) => makeKeyPackage(identity, now, false)));
    const made = await this.commit(seat, { add: packages.map(({ publicPackage }) => publicPackage) });
    const welcome = made.welcome ?? new Uint8Array();
    const { anchors } = this.world;
    for (const [index, identity] of identities.entries()) {
      const keyPackage = packages[index];
      if (keyPackage === undefined) throw new Error("no KeyPackage");
      const joined = await joinWelcome({ welcome, keyPackage, identity, anchors, groupId: seat.group.groupId });
      if (!joined.ok) throw new Error(`cannot join: ${joined.reason}`);
      this.seats.push({ identity, group: joined.group });
    }
    return this.seats.slice(-identities.length);
  }

  seat(index: number): Seat {
    const seat = this.seats[index];
    if (seat === undefined) throw new Error("no such seat");
    return seat;
  }

  async join(identity: DeviceIdentity, unlock?: GroupInfoKey): Promise<Seat> {
    const { groupInfo, world } = this;
    const made = await joinExternal({
      groupInfo,
      groupId: this.seat(0).group.groupId,
      identity,
      anchors: world.anchors,
      unlock,
    });
    if (!made.ok) throw new Error(`cannot join: ${made.reason}`);
    const former = this.seats.findIndex((seat) => seat.identity.deviceId === identity.deviceId);
    if (former >= 0) this.seats.splice(former, 1);
    await this.deliverCommit(made.commit);
    this.groupInfo = made.groupInfo;
    const seat = { identity, group: made.next };
    this.seats.push(seat);
    return seat;
  }

  /** Everybody but the committer applies it; seats that it removes are dropped. */
  async commit(seat: Seat, options?: CommitOptions): Promise<MadeCommit> {
    const made = await commit(seat.group, seat.identity, { anchors: this.world.anchors, now, ...options });
    await this.deliverCommit(made.commit, seat);
    seat.group = adoptCommit(seat.group, made.next);
    this.groupInfo = made.groupInfo;
    return made;
  }

  async send(seat: Seat, text: string): Promise<Uint8Array> {
    const sent = await encrypt(seat.group, utf8(text));
    seat.group = sent.group;
    for (const other of this.seats) {
      if (other !== seat) other.group = plainOf(await processEvent(other.group, sent.message), text);
    }
    return sent.message;
  }

  async deliverCommit(message: Uint8Array, committer?: Seat): Promise<void> {
    for (const seat of [...this.seats]) {
      if (seat === committer) continue;
      const processed = await processEvent(seat.group, message);
      if (processed.kind === "commit") seat.group = processed.group;
      else if (processed.kind === "removed") this.seats.splice(this.seats.indexOf(seat), 1);
      else throw new Error(`${seat.identity.username}: ${describeResult(processed)}`);
    }
  }

  /** What every seat makes of an event; nothing is applied. */
  async judge(message: Uint8Array): Promise<string[]> {
    const results = await Promise.all(this.seats.map(({ group }) => processEvent(group, message)));
    return [...new Set(results.map(describeResult))];
  }

  /** One element when all seats agree. */
  authenticators(): Set<string> {
    return new Set(this.seats.map(({ group }) => toHex(epochAuthenticator(group))));
  }
}

export function describeResult(processed: Processed): string {
  return processed.kind === "ignored" ? processed.reason : processed.kind;
}

function plainOf(processed: Processed, text: string): Group {
  if (processed.kind !== "application" || toHex(processed.plaintext) !== toHex(utf8(text))) {
    throw new Error(`expected a message, got ${describeResult(processed)}`);
  }
  return processed.group;
}
