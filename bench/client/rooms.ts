/** Rooms of any size, made in seconds: devices of a few accounts, added a hundred at a time. */

import { makeAccount } from "../../lib/crypto/account/account-key";
import { makeDevice } from "../../lib/crypto/account/device-key";
import { adoptCommit } from "../../lib/crypto/mls/adopt";
import { commit } from "../../lib/crypto/mls/commit";
import { createGroup } from "../../lib/crypto/mls/create";
import type { AnchorSource, DeviceIdentity, Group } from "../../lib/crypto/mls/door";
import { joinWelcome } from "../../lib/crypto/mls/join-welcome";
import { makeKeyPackage } from "../../lib/crypto/mls/key-package";
import { exportGroupInfo } from "../../lib/crypto/mls/roster";
import { ciphersuiteName, type RoomPolicy } from "../../lib/protocol/policy";
import { roomIdSchema } from "../../lib/protocol/ids";
import { toHex } from "../../lib/protocol/bytes";

const fewAccounts = 5;
const addsAtOnce = 90;

export interface Seat {
  readonly identity: DeviceIdentity;
  readonly group: Group;
}

/** A room in which `owner` and `reader` are at the same epoch. */
export interface BenchRoom {
  readonly owner: Seat;
  readonly reader: Seat;
  /** Devices that are not in it. */
  readonly outside: readonly [DeviceIdentity, DeviceIdentity];
  readonly groupInfo: Uint8Array;
  readonly anchors: AnchorSource;
}

const now = new Date();

export class Town {
  readonly #devices: DeviceIdentity[] = [];
  readonly #anchors = new Map<string, Uint8Array>();

  /** Keys for rooms of up to `most` members. */
  static async of(most: number, accountCount = fewAccounts): Promise<Town> {
    const town = new Town();
    const accounts = await Promise.all(
      Array.from({ length: accountCount }, (_, index) => makeAccount(`member${String(index)}`, now)),
    );
    for (const account of accounts) town.#anchors.set(account.accountId, account.certificate);
    for (let index = 0; index < most + 2; index++) {
      const account = accounts[index % accountCount];
      if (account !== undefined) town.#devices.push(await makeDevice({ account, now }));
    }
    return town;
  }

  get devices(): readonly DeviceIdentity[] {
    return this.#devices;
  }

  get anchors(): AnchorSource {
    return (accountId) => Promise.resolve(this.#anchors.get(accountId));
  }

  async room(size: number): Promise<BenchRoom> {
    const [first, second, owner, ...others] = this.#devices;
    if (first === undefined || second === undefined || owner === undefined) throw new Error("no devices");
    const groupId = crypto.getRandomValues(new Uint8Array(16));
    const roomId = roomIdSchema.parse(toHex(groupId));
    const policy: RoomPolicy = { kind: "open", roomId, name: "General", suite: ciphersuiteName, revoked: [] };
    let { group } = await createGroup({ groupId, identity: owner, policy });
    let reader: Seat | undefined;
    const { anchors } = this;
    const members = others.slice(0, size - 1);
    while (members.length > 0) {
      const batch = members.splice(0, addsAtOnce);
      const packages = await Promise.all(batch.map((identity) => makeKeyPackage(identity, now, false)));
      const made = await commit(group, owner, { add: packages.map((one) => one.publicPackage), anchors, now });
      group = adoptCommit(group, made.next);
      const [identity, keyPackage] = [batch.at(-1), packages.at(-1)];
      if (members.length > 0 || identity === undefined || keyPackage === undefined || made.welcome === undefined)
        continue;
      const joined = await joinWelcome({ welcome: made.welcome, keyPackage, identity, anchors, groupId });
      if (!joined.ok) throw new Error(joined.reason);
      reader = { identity, group: joined.group };
    }
    if (reader === undefined) throw new Error("a room has two members at least");
    const groupInfo = await exportGroupInfo(group, owner);
    return { owner: { identity: owner, group }, reader, outside: [first, second], groupInfo, anchors };
  }
}
