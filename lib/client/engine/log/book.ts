/** The device's record of the log, and the alarms in it: changed and stored together. */

import { equalBytes } from "../../../protocol/bytes";
import { unlessDamaged } from "../replaceable";
import type { Clock, Store } from "../ports";
import type { AccountRef } from "../views";
import { decodeRecord, encodeRecord } from "../records";
import { ownDoings } from "./own-doings";
import {
  acceptedNamesMax,
  acceptedPrefix,
  acceptedSchema,
  alarmsMax,
  gossipAlarmsMax,
  logStateKey,
  logStateSchema,
  vouchedPrefix,
  type Accepted,
  type LogAlarm,
  type LogAlarmKind,
  type LogState,
} from "./records";

export interface BookHost {
  readonly store: Store;
  readonly clock: Pick<Clock, "now">;
  /** Alarms, or what is vouched for, have changed. */
  changed(): void;
}

export type AlarmFacts = Partial<Pick<LogAlarm, "notes" | "by" | "index" | "check">>;

const present = Uint8Array.of(1);

export class LogBook {
  #state: LogState | undefined;
  readonly #vouched = new Set<string>();
  /** By account; `undefined`: whatever it has. */
  readonly #accepted = new Map<string, Accepted | undefined>();

  constructor(private readonly host: BookHost) {}

  get state(): LogState | undefined {
    return this.#state;
  }

  /** Of devices that came or went: what needs no word. */
  async known(): Promise<string[]> {
    return [...(this.#state?.known ?? []), ...(await ownDoings(this.host.store))];
  }

  get nowMs(): number {
    return this.host.clock.now();
  }

  /** A record that cannot be read is begun anew, as on a new device. */
  async load(): Promise<void> {
    const { store } = this.host;
    this.#state = await unlessDamaged(async () => {
      const bytes = await store.get(logStateKey);
      return bytes && decodeRecord(logStateSchema, logStateKey, bytes);
    });
    for (const key of await store.keys(vouchedPrefix)) this.#vouched.add(key.slice(vouchedPrefix.length));
    for (const key of await store.keys(acceptedPrefix)) {
      const accountId = key.slice(acceptedPrefix.length);
      await unlessDamaged(async () => {
        const bytes = await store.get(key);
        if (bytes !== undefined) this.#accepted.set(accountId, acceptedIn(key, bytes));
        return undefined;
      });
    }
  }

  isVouched(name: string): boolean {
    return this.#vouched.has(name);
  }

  get accepted(): ReadonlyMap<string, Accepted | undefined> {
    return this.#accepted;
  }

  isAccepted(accountId: string, name: string): boolean {
    if (!this.#accepted.has(accountId)) return false;
    return this.#accepted.get(accountId)?.names.includes(name) ?? true;
  }

  async vouch(names: readonly string[]): Promise<void> {
    await this.#keep(this.#vouched, vouchedPrefix, names);
  }

  /** These of the account, beside what was accepted of it before. */
  async accept({ username, accountId }: AccountRef, names: readonly string[]): Promise<void> {
    if (names.every((name) => this.isAccepted(accountId, name))) return;
    const before = this.#accepted.get(accountId)?.names ?? [];
    const all = [...new Set([...before, ...names])].slice(-acceptedNamesMax);
    const accepted: Accepted = { v: 1, username, at: this.nowMs, names: all };
    await this.host.store.write([{ key: `${acceptedPrefix}${accountId}`, value: encodeRecord(accepted) }]);
    this.#accepted.set(accountId, accepted);
    this.host.changed();
  }

  async takeBack(accountId: string): Promise<void> {
    await this.host.store.write([{ key: `${acceptedPrefix}${accountId}`, value: undefined }]);
    if (this.#accepted.delete(accountId)) this.host.changed();
  }

  /** Something that a person should see has come. */
  tell(): void {
    this.host.changed();
  }

  async save(state: LogState): Promise<void> {
    await this.host.store.write([{ key: logStateKey, value: encodeRecord(state) }]);
    this.#state = state;
  }

  async update(change: Partial<LogState>): Promise<void> {
    if (this.#state !== undefined) await this.save({ ...this.#state, ...change });
  }

  /**
   * What is known already is not said again. False: there is no room for it, so whatever led to it is to be met again. What members'
   * messages bring about takes a few places only, and gives them up to what the device has found itself; what any member can make up gives
   * its place to what the log's key has signed.
   */
  async alarm(kind: LogAlarmKind, facts: AlarmFacts = {}): Promise<boolean> {
    const state = this.#state;
    if (state === undefined) return false;
    const { notes = [], ...rest } = facts;
    const alarm: LogAlarm = { id: state.nextAlarm, kind, at: this.nowMs, notes, settled: false, ...rest };
    if (state.alarms.some((other) => other.kind === kind && isSame(other, alarm))) return true;
    const kept = withRoomFor(alarm, state.alarms);
    if (kept === undefined) return false;
    await this.save({ ...state, alarms: [...kept, alarm], nextAlarm: state.nextAlarm + 1 });
    this.host.changed();
    return true;
  }

  async #keep(set: Set<string>, prefix: string, names: readonly string[]): Promise<void> {
    const fresh = names.filter((name) => !set.has(name));
    if (fresh.length === 0) return;
    await this.host.store.write(fresh.map((name) => ({ key: `${prefix}${name}`, value: present })));
    for (const name of fresh) set.add(name);
    this.host.changed();
  }
}

function acceptedIn(key: string, bytes: Uint8Array): Accepted | undefined {
  return equalBytes(bytes, present) ? undefined : decodeRecord(acceptedSchema, key, bytes);
}

/** While a person has not read it, one alarm of a kind and an account, or an entry, is enough; afterwards only the very same is old. */
function isSame(known: LogAlarm, next: LogAlarm): boolean {
  const isSameCause = known.index === next.index && known.by?.accountId === next.by?.accountId;
  if (!known.settled) return isSameCause;
  const hasFacts = next.notes.length > 0 || next.index !== undefined;
  return isSameCause && hasFacts && known.notes.join() === next.notes.join();
}

function withRoomFor({ by, kind }: LogAlarm, alarms: readonly LogAlarm[]): readonly LogAlarm[] | undefined {
  const isGossip = (alarm: LogAlarm) => alarm.by !== undefined;
  if (by !== undefined && alarms.filter(isGossip).length >= gossipAlarmsMax)
    return (
      without(alarms, (alarm) => isGossip(alarm) && alarm.settled) ??
      (kind === "other-key" ? undefined : without(alarms, (alarm) => isGossip(alarm) && alarm.kind === "other-key"))
    );
  if (alarms.length < alarmsMax) return alarms;
  return without(alarms, ({ settled }) => settled) ?? (by === undefined ? without(alarms, isGossip) : undefined);
}

/** Without the oldest of which that holds. */
function without(alarms: readonly LogAlarm[], holds: (alarm: LogAlarm) => boolean): LogAlarm[] | undefined {
  const at = alarms.findIndex(holds);
  return at < 0 ? undefined : alarms.toSpliced(at, 1);
}
