/** Accounts and devices that all worlds of a test file share: keys are slow to make, worlds are many. */

import { makeAtRestKey } from "@/lib/crypto/at-rest";
import { firstAccountSecret, type AccountSecret } from "@/lib/crypto/account/account-secret";
import { makeAccount, type MadeAccount } from "@/lib/crypto/account/account-key";
import { makeDevice } from "@/lib/crypto/account/device-key";
import type { StoredIdentity } from "@/lib/client/engine/identity";
import { deviceKey } from "@/lib/client/engine/records";
import { toHex } from "@/lib/protocol/bytes";
import type { RoomId } from "@/lib/protocol/ids";

import { describe } from "./describe";
import { Dice } from "./dice";
import { Host } from "./host";
import { judge, type JudgeOptions, type Verdict } from "./judge";
import { isAtRest, unrest } from "./rest";
import { play, type Scenario } from "./script";
import { unwatchCrypto, watchCrypto } from "./stillness";
import { watch } from "./watched-door";
import { Witness } from "./witness";
import { World } from "./world";
import { withClock } from "./world-date";

export const startMs = Date.UTC(2026, 10, 24, 8);
/** How long, in a world's time, everything may take to come to rest once nothing fails any more. */
const patienceMs = 20 * 60 * 1000;

export interface Shape {
  readonly devices: number;
  readonly accounts: number;
  readonly rooms: number;
}

export class Cast {
  readonly host = new Host();
  readonly #identities: StoredIdentity[] = [];
  readonly #certificates = new Map<string, Uint8Array>();
  readonly #accounts = new Map<string, MadeAccount>();

  /** `accounts` people; device `i` belongs to person `i` modulo their number. */
  static async of(accounts: number, devices: number): Promise<Cast> {
    watchCrypto();
    const cast = new Cast();
    await cast.host.start();
    const now = new Date(startMs - 60_000);
    const made = await Promise.all(
      Array.from({ length: accounts }, (_, index) => makeAccount(`person${String(index)}`, now)),
    );
    for (let index = 0; index < devices; index++) {
      const account = made[index % made.length];
      if (account === undefined) throw new Error("no accounts");
      const identity = { ...(await makeDevice({ account, now })), serverPublicKey: "", vaultVersion: 0 };
      cast.#accounts.set(identity.accountId, account);
      cast.#certificates.set(identity.accountId, identity.accountCertificate);
      cast.#identities.push(identity);
      await cast.host.admit(identity, new Date(now.getTime() + index));
    }
    return cast;
  }

  /** In the order of the devices. */
  get deviceKeys(): string[] {
    return this.#identities.map(deviceKey);
  }

  async close(): Promise<void> {
    unwatchCrypto();
    await this.host.close();
  }

  async world(seed: number, shape: Shape, scenario: Scenario): Promise<World> {
    if (!this.host.isUp) await this.host.start();
    const isGoverned = scenario.governed !== undefined;
    const { devices, accounts } = shape;
    const dice = new Dice(seed ^ 0x5eed);
    const people = new Set(this.#identities.map(({ accountId }) => accountId).filter((_, index) => index < accounts));
    const chosen = this.#identities.filter(({ accountId }) => people.has(accountId)).slice(0, devices);
    const rooms: RoomId[] = [];
    for (let index = 0; index < (isGoverned ? 0 : shape.rooms); index++) {
      // Random, so that worlds share a server; in a fixed order, because engines read their rooms in the order of ids.
      const id = toHex(Uint8Array.of(index, ...crypto.getRandomValues(new Uint8Array(15))));
      rooms.push(await this.host.makeRoom(id, `Room ${String(dice.below(1000))} ${id}`));
    }
    const witness = new Witness(this.#certificates);
    watch(witness);
    if (isGoverned) await this.host.forget();
    return new World({
      seed,
      host: this.host,
      witness,
      identities: isGoverned ? withSecrets(chosen) : chosen,
      rooms,
      startMs,
      // Sealing costs time and changes nothing, but only a sealed store notices a flipped bit.
      atRestKey: scenario.damage === undefined ? undefined : await makeAtRestKey(),
      accounts: isGoverned ? this.#accounts : undefined,
    });
  }

  /** Plays a scenario, brings it to rest and judges it. */
  async run(
    seed: number,
    shape: Shape,
    scenario: Scenario,
    options: JudgeOptions,
    prepare: (world: World) => void = () => undefined,
  ): Promise<Verdict & { world: World }> {
    const world = await this.world(seed, shape, scenario);
    prepare(world);
    try {
      return await withClock(
        () => world.time.now,
        async () => {
          await play(world, scenario, shape);
          const isRested = await world.heal(() => isAtRest(world), patienceMs);
          const verdict = await judge(world, options);
          const restless = isRested
            ? []
            : [
                `no rest within ${String(patienceMs / 60_000)} minutes: ${[...unrest(world)].join("; ")}\n${describe(world)}`,
              ];
          if (verdict.violations.length > 0) world.note(describe(world));
          return { ...verdict, violations: [...restless, ...verdict.violations], world };
        },
      );
    } finally {
      await world.close();
      watch(undefined);
    }
  }
}

/** Devices of one account share a secret, and through it their keyring. */
function withSecrets(identities: readonly StoredIdentity[]): StoredIdentity[] {
  const secrets = new Map<string, AccountSecret>();
  return identities.map((identity) => {
    const accountSecret = secrets.get(identity.accountId) ?? firstAccountSecret();
    secrets.set(identity.accountId, accountSecret);
    return { ...identity, accountSecret };
  });
}
