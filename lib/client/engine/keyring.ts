/**
 * The keyring on this device (SPEC section KEY): a map that all devices of the account share through the server, which
 * sees a sealed blob and its version. What is set here counts here at once, is kept over restarts, and is merged with
 * what others set when there is a connection. A keyring that is older than one already seen, or does not open, takes
 * nothing away: this device holds its entries and says them again.
 */

import { z } from "zod";

import { isWithout, type AccountSecret } from "../../crypto/account/account-secret";
import { carriedRenewal, openKeyring, sealKeyring } from "../../crypto/account/keyring";
import {
  decodeKeyring,
  encodeKeyring,
  fitKeyring,
  isKeyringKey,
  keyringEntrySchema,
  mergeKeyrings,
  type KeyringEntry,
  type KeyringKey,
  type KeyringMap,
  type KeyringValue,
} from "../../protocol/keyring";
import { clockSkewMs, keyringMaxEntries } from "../../protocol/limits";
import type { StoredIdentity } from "./identity";
import type { Clock, Store, Transport } from "./ports";
import { SerialQueue } from "./queue";
import { decodeRecord, encodeRecord } from "./records";
import { unlessDamaged } from "./replaceable";

export interface KeyringPorts {
  readonly identity: Pick<StoredIdentity, "accountId" | "accountSecret">;
  readonly store: Store;
  readonly transport: Pick<Transport, "fetchKeyring" | "putKeyring">;
  readonly clock: Pick<Clock, "now">;
  /** Keys whose values are no longer what they were; `isOwn`: this device said so itself. */
  readonly changed: (keys: readonly KeyringKey[], isOwn: boolean) => void;
  /** What of a keyring this device believes, given what it holds: the rest is as if it were not there (VER-06). Absent: all of it. */
  readonly believed?: (entries: KeyringMap, held: KeyringMap) => Promise<KeyringMap>;
  /** Devices of the account that are known to be given up. */
  readonly givenUp?: () => readonly string[];
  /** Takes over a renewed account secret that the keyring carries, when it is the account's, and for this device. */
  readonly renew?: (renewal: Uint8Array, held: AccountSecret | undefined) => Promise<AccountSecret | undefined>;
}

/**
 * `unreadable`: what the server keeps does not open with this account's secret. `no-secret`: this device signed in
 * before accounts had one; it gets it at the next sign-in. `stale`: a device that was given up knows the secret that this one
 * holds, and the server shows no other (REN-04). All leave the server's keyring as it is.
 */
export type KeyringState = "unsynced" | "synced" | "unreadable" | "no-secret" | "stale";

const recordKey = "keyring";
const recordSchema = z.strictObject({
  v: z.literal(1),
  entries: z.array(keyringEntrySchema).max(keyringMaxEntries),
  /** Keys of those that this device has set itself; absent in older records, which do not tell. */
  own: z.array(z.string()).max(keyringMaxEntries).exactOptional(),
  /** Number of the account secret under which the others came. */
  number: z.int().min(0).exactOptional(),
});
type HeldKeyring = z.infer<typeof recordSchema>;
/** Devices that save at the same moment: each round one of them gets through. */
const maxRounds = 12;

export class Keyring {
  readonly #ports: KeyringPorts;
  #secret: AccountSecret | undefined;
  readonly #queue = new SerialQueue();
  #entries: KeyringMap = new Map();
  /** Keys of the entries that this device has set itself. */
  #own: ReadonlySet<string> = new Set();
  /** Number of the account secret under which the other entries came. */
  #number = 0;
  #state: KeyringState = "unsynced";
  /** Keys whose entries ahead of time were replaced on the server by what this device holds: once, lest two clocks quarrel. */
  readonly #replaced = new Set<string>();

  private constructor(ports: KeyringPorts) {
    this.#ports = ports;
    this.#secret = ports.identity.accountSecret;
  }

  /** Reads what this device holds. */
  static async load(ports: KeyringPorts): Promise<Keyring> {
    const keyring = new Keyring(ports);
    const held = await heldRecord(ports.store);
    keyring.#entries = await keyring.#believed(mapOf(held?.entries ?? []));
    keyring.#own = new Set(held?.own ?? keyring.#entries.keys());
    keyring.#number = held?.number ?? keyring.#secret?.number ?? 0;
    return keyring;
  }

  get state(): KeyringState {
    return this.#state;
  }

  get<Key extends KeyringKey>(key: Key): KeyringValue<Key> | undefined {
    // The schema of a key's namespace is the one its value was parsed with.
    return this.#entries.get(key)?.value as KeyringValue<Key> | undefined;
  }

  /** All entries of a namespace: what stands behind the slash, and the value. */
  list<Space extends "room" | "former" | "mute" | "favourite" | "block" | "verified" | "signer">(
    namespace: Space,
  ): { readonly id: string; readonly value: KeyringValue<`${Space}/${string}`> }[] {
    const prefix = `${namespace}/`;
    return [...this.#entries.values()].flatMap(({ key, value }) =>
      key.startsWith(prefix)
        ? [{ id: key.slice(prefix.length), value: value as KeyringValue<`${Space}/${string}`> }]
        : [],
    );
  }

  /** Counts here at once and is kept; goes to the other devices now or as soon as there is a connection. */
  async set<Key extends KeyringKey>(key: Key, value: KeyringValue<Key>): Promise<void> {
    await this.update(key, () => value);
  }

  /** As `set`; `decide` is asked in its turn, with what is held then and the time of the entry, and `undefined` changes nothing. */
  async update<Key extends KeyringKey>(
    key: Key,
    decide: (
      held: KeyringValue<Key> | undefined,
      atMs: number,
    ) => KeyringValue<Key> | undefined | Promise<KeyringValue<Key>>,
  ): Promise<void> {
    const isChanged = await this.#queue.run(async () => {
      const held = this.#entries.get(key);
      // Later than what it replaces, also by a clock that is behind; but not than what is ahead of time (KEY-08).
      const former = held === undefined || this.#isAhead(held) ? -1 : held.at;
      const at = Math.max(this.#ports.clock.now(), former + 1);
      const value = await decide(this.get(key), at);
      if (value === undefined || JSON.stringify(held?.value) === JSON.stringify(value)) return false;
      const entry = keyringEntrySchema.parse({ key, at, value });
      this.#replaced.delete(key);
      await this.#take(new Map([...this.#entries, [key, entry]]), { said: key });
      return true;
    });
    // What does not get through now goes at the next connection.
    if (isChanged) this.sync().catch(() => undefined);
  }

  /** Fetches, merges, and saves what the server lacks. One at a time; never throws for what the server answers. */
  async sync(): Promise<void> {
    await this.#queue.run(async () => {
      for (let round = 0; round < maxRounds; round++) {
        const isDone = await this.#exchange();
        if (isDone) return;
      }
    });
  }

  /** What the device holds is another account secret than before: it signed in again. */
  async use(secret: AccountSecret | undefined): Promise<void> {
    await this.#queue.run(() => {
      if ((secret?.number ?? -1) > (this.#secret?.number ?? -1)) this.#secret = secret;
      return Promise.resolve();
    });
  }

  /** No clock of ours is so far off: such an entry could never be replaced. */
  #isAhead({ at }: KeyringEntry): boolean {
    return at > this.#ports.clock.now() + clockSkewMs;
  }

  /** What the server should keep: ours, and what is ahead of time where we have nothing to say, or have said it. */
  #shared(theirs: KeyringMap): KeyringMap {
    const left = [...theirs].filter(
      ([key, entry]) => this.#isAhead(entry) && (!this.#entries.has(key) || this.#replaced.has(key)),
    );
    return fitKeyring(new Map([...this.#entries, ...left])) ?? this.#entries;
  }

  /**
   * What came under a former secret may be of whoever has the device that was given up since. The device that made the new one has
   * taken over what there was by then, so here stays what this device has said itself (REN-07).
   */
  #heldUnder({ number }: AccountSecret): KeyringMap {
    if (number <= this.#number) return this.#entries;
    return new Map([...this.#entries].filter(([key]) => this.#own.has(key)));
  }

  async #believed(entries: KeyringMap): Promise<KeyringMap> {
    return (await this.#ports.believed?.(entries, this.#entries)) ?? entries;
  }

  /** True unless another device was faster and it is worth another round. */
  async #exchange(): Promise<boolean> {
    const { transport } = this.#ports;
    const fetched = await transport.fetchKeyring();
    if (!fetched.ok) return true;
    const { version, sealed } = fetched.value;
    const renewal = sealed && carriedRenewal(sealed);
    if (renewal !== undefined) this.#secret = (await this.#ports.renew?.(renewal, this.#secret)) ?? this.#secret;
    const { accountId } = this.#ports.identity;
    const accountSecret = this.#secret;
    if (accountSecret === undefined || !isWithout(accountSecret, this.#ports.givenUp?.() ?? [])) {
      this.#state = accountSecret === undefined ? "no-secret" : "stale";
      return true;
    }
    let theirs: KeyringMap = new Map();
    if (sealed !== undefined) {
      const plain = await openKeyring(accountSecret.bytes, { accountId, version }, sealed);
      const opened = plain && decodeKeyring(plain);
      if (opened === undefined) {
        this.#state = "unreadable";
        return true;
      }
      theirs = opened;
    }
    const believed = await this.#believed(new Map([...theirs].filter(([, entry]) => !this.#isAhead(entry))));
    const held = new Map(
      [...this.#heldUnder(accountSecret)].filter(([key, entry]) => !this.#isAhead(entry) || !believed.has(key)),
    );
    await this.#take(mergeKeyrings(held, believed), { number: Math.max(accountSecret.number, this.#number) });
    const shared = this.#shared(theirs);
    if (sameKeyring(shared, theirs)) {
      this.#state = "synced";
      return true;
    }
    const next = { accountId, version: version + 1 };
    const put = await transport.putKeyring(
      next.version,
      await sealKeyring(accountSecret.bytes, next, encodeKeyring(shared), renewal),
    );
    if (put.ok) {
      this.#state = "synced";
      for (const [key, entry] of theirs) if (this.#isAhead(entry) && shared.get(key) !== entry) this.#replaced.add(key);
    }
    return put.ok || put.error.code !== "VERSION_CONFLICT";
  }

  /** Stored before it counts. `said`: the key of what this device says itself. `number`: of the secret under which the others came. */
  async #take(
    merged: KeyringMap,
    { said, number = this.#number }: { readonly said?: string; readonly number?: number },
  ): Promise<void> {
    const fitting = fitKeyring(merged);
    if (fitting === undefined) throw new KeyringFull();
    const before = this.#entries;
    if (sameKeyring(before, fitting) && number === this.#number) return;
    // What another device has said later is no longer ours.
    const own = [...fitting.keys()].filter(
      (key) => key === said || (this.#own.has(key) && sameEntry(before.get(key), fitting.get(key))),
    );
    const record: HeldKeyring = { v: 1, entries: [...fitting.values()], own, number };
    await this.#ports.store.write([{ key: recordKey, value: encodeRecord(record) }]);
    this.#entries = fitting;
    this.#own = new Set(own);
    this.#number = number;
    const keys = [...new Set([...before.keys(), ...fitting.keys()])].filter(isKeyringKey);
    const changed = keys.filter(
      (key) => JSON.stringify(before.get(key)?.value) !== JSON.stringify(fitting.get(key)?.value),
    );
    if (changed.length > 0) this.#ports.changed(changed, said !== undefined);
  }
}

/** More rooms and people than a keyring holds, none of which can go. */
export class KeyringFull extends Error {
  override readonly name = "KeyringFull";
}

/** What a device holds of it. */
export async function heldKeyring(store: Pick<Store, "get">): Promise<KeyringMap> {
  return mapOf((await heldRecord(store))?.entries ?? []);
}

/** A damaged record: the server has all of it but what was set offline, and that is no reason not to start. */
async function heldRecord(store: Pick<Store, "get">): Promise<HeldKeyring | undefined> {
  return await unlessDamaged(async () => {
    const bytes = await store.get(recordKey);
    return bytes && decodeRecord(recordSchema, recordKey, bytes);
  });
}

function mapOf(entries: readonly KeyringEntry[]): KeyringMap {
  return new Map(entries.map((entry) => [entry.key, entry]));
}

function sameKeyring(a: KeyringMap, b: KeyringMap): boolean {
  return a.size === b.size && [...a].every(([key, entry]) => sameEntry(entry, b.get(key)));
}

function sameEntry(a: KeyringEntry | undefined, b: KeyringEntry | undefined): boolean {
  return a?.at === b?.at && JSON.stringify(a?.value) === JSON.stringify(b?.value);
}
