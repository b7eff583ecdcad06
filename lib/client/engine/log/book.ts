/** The device's record of the log, and the alarms in it: changed and stored together. */

import { peekNote } from "../../../protocol/log/checkpoint";
import { unlessDamaged } from "../replaceable";
import type { Clock, Store, Write } from "../ports";
import { decodeRecord, encodeRecord } from "../records";
import {
  alarmsMax,
  logStateKey,
  logStateSchema,
  vouchedPrefix,
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

export type AlarmFacts = Partial<Pick<LogAlarm, "notes" | "by" | "index">>;

const vouched = Uint8Array.of(1);

export class LogBook {
  #state: LogState | undefined;
  readonly #vouched = new Set<string>();

  constructor(private readonly host: BookHost) {}

  get state(): LogState | undefined {
    return this.#state;
  }

  /** A record that cannot be read is begun anew, as on a new device. */
  async load(): Promise<void> {
    const { store } = this.host;
    this.#state = await unlessDamaged(async () => {
      const bytes = await store.get(logStateKey);
      return bytes && decodeRecord(logStateSchema, logStateKey, bytes);
    });
    for (const key of await store.keys(vouchedPrefix)) this.#vouched.add(key.slice(vouchedPrefix.length));
  }

  isVouched(name: string): boolean {
    return this.#vouched.has(name);
  }

  async vouch(names: readonly string[]): Promise<void> {
    const fresh = names.filter((name) => !this.#vouched.has(name));
    if (fresh.length === 0) return;
    await this.host.store.write(fresh.map((name) => ({ key: `${vouchedPrefix}${name}`, value: vouched })));
    for (const name of fresh) this.#vouched.add(name);
    this.host.changed();
  }

  /** Something that a person should see has come. */
  tell(): void {
    this.host.changed();
  }

  async save(state: LogState): Promise<void> {
    await this.host.store.write([{ key: logStateKey, value: encodeRecord(state) } satisfies Write]);
    this.#state = state;
  }

  async update(change: Partial<LogState>): Promise<void> {
    if (this.#state !== undefined) await this.save({ ...this.#state, ...change });
  }

  /** What is known already is not said again; of too many the oldest that was read goes, never one that was not. */
  async alarm(kind: LogAlarmKind, facts: AlarmFacts = {}): Promise<void> {
    const state = this.#state;
    if (state === undefined) return;
    const { notes = [], ...rest } = facts;
    const isKnown = state.alarms.some((other) => other.kind === kind && isSame(other, { notes, ...rest }));
    const kept = state.alarms.length < alarmsMax ? state.alarms : withoutOldest(state.alarms);
    if (isKnown || kept === undefined) return;
    const alarm: LogAlarm = { id: state.nextAlarm, kind, at: this.host.clock.now(), notes, settled: false, ...rest };
    await this.save({ ...state, alarms: [...kept, alarm], nextAlarm: state.nextAlarm + 1 });
    this.host.changed();
  }
}

/** Of one cause there is one alarm: the checkpoints of a log that goes on being wrong differ each time. */
function isSame(a: Pick<LogAlarm, "notes" | "by" | "index">, b: typeof a): boolean {
  const sizes = ({ notes }: Pick<LogAlarm, "notes">) => notes.map((note) => peekNote(note)?.size).join();
  return a.index === b.index && a.by?.accountId === b.by?.accountId && sizes(a) === sizes(b);
}

function withoutOldest(alarms: readonly LogAlarm[]): LogAlarm[] | undefined {
  const at = alarms.findIndex(({ settled }) => settled);
  return at < 0 ? undefined : alarms.toSpliced(at, 1);
}
