/**
 * The transparency log as this device sees it (SPEC LOG-09 to LOG-13): its head, what is proven to be in it, the entries about the
 * own account, and the checkpoints of others. One thing at a time, so that an older answer never comes after a newer one.
 */

import { toHex, utf8 } from "../../../protocol/bytes";
import { openCheckpoint } from "../../../crypto/account/log-signature";
import { decodeVerifier, type Checkpoint } from "../../../protocol/log/checkpoint";
import type { StoredIdentity } from "../identity";
import type { Clock, Store, Transport } from "../ports";
import { SerialQueue } from "../queue";
import type { AccountRef } from "../views";
import { LogBook } from "./book";
import { follow, headOf } from "./follow";
import { Hearsay } from "./hearsay";
import type { JudgeHost } from "./judge-entry";
import { knownName, removedName } from "./own-doings";
import { certified, prove, type Certified } from "./prove";
import {
  logStateSchema,
  patienceMs,
  type Accepted,
  type Arrival,
  type LogAlarm,
  type LogAlarmKind,
  type LogState,
  type Removal,
} from "./records";
import { ProofWaits } from "./waits";
import { watchPage, type Watched } from "./watch";

export interface KeyLogHost extends Omit<JudgeHost, "identity"> {
  readonly identity: StoredIdentity;
  readonly store: Store;
  readonly transport: Pick<Transport, "request">;
  readonly clock: Clock;
  isOnline(): boolean;
  /** More is proven, or found to be missing, or wrong: what waits may go, what is shown may change. */
  changed(): void;
}

/** Certificates that are met within this time are asked for together. */
const gatherMs = 100;
const retryMs = 15_000;
/** Who was away for long reads the rest at the next look, right after: some 10,000 entries, 10 MB, at a time. */
const pagesMax = 40;
/** A log of up to so many entries, 50 MB, is read from its beginning: before that, who had the own name is not looked for. */
const readWholeMax = 50_000;
/** Alarms that are about the head, which a person settles by going on with the log as it is. */
const headAlarms: readonly LogAlarmKind[] = [
  "split-view",
  "shrunk",
  "other-key",
  "stale",
  "unanswered",
  "bad-proof",
  "wrong-entries",
];

export class KeyLog {
  readonly #book: LogBook;
  readonly #waits: ProofWaits;
  readonly #queue = new SerialQueue();
  readonly #missing = new Set<string>();
  readonly #wanted = new Map<string, Certified>();
  readonly #hearsay: Hearsay;
  #cancel: (() => void) | undefined;
  #cancelAgain: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  /** The newest head that the server showed is no continuation of the one that counts. */
  isRefused = false;
  /** Grows with what is known. */
  version = 0;

  constructor(private readonly host: KeyLogHost) {
    this.#book = new LogBook({
      store: host.store,
      clock: host.clock,
      changed: () => {
        this.#changed();
      },
    });
    const waits = {
      clock: host.clock,
      isOnline: () => host.isOnline(),
      isOpen: (name: string) => this.#isOpen(name),
      changed: () => {
        this.#changed();
      },
    };
    this.#waits = new ProofWaits(waits, this.#book);
    this.#hearsay = new Hearsay(host, this.#book);
  }

  async load(): Promise<void> {
    await this.#book.load();
  }

  close(): void {
    this.#cancel?.();
    this.#cancelAgain?.();
    this.#cancelLook?.();
    this.#waits.close();
    this.#wanted.clear();
  }

  /** Newest signed checkpoint that counts; goes along with what is said. */
  get note(): string | undefined {
    return this.#book.state?.note;
  }

  get verifier(): string | undefined {
    return this.#book.state?.verifier;
  }

  get alarms(): readonly LogAlarm[] {
    return this.#book.state?.alarms ?? [];
  }

  get arrivals(): readonly Arrival[] {
    return this.#book.state?.arrivals ?? [];
  }

  get removals(): readonly Removal[] {
    return this.#book.state?.removals ?? [];
  }

  /** Of `Certified.name`: it is proven to be in the log. */
  isVouched(name: string): boolean {
    return this.#book.isVouched(name);
  }

  /** A person talks to the account in spite of the log having no such certificate. */
  isAccepted(accountId: string, name: string): boolean {
    return this.#book.isAccepted(accountId, name);
  }

  /** By account; `undefined`: whatever it has. */
  get accepted(): ReadonlyMap<string, Accepted | undefined> {
    return this.#book.accepted;
  }

  /** The log has said in this connection that it has no such certificate. */
  isMissing(name: string): boolean {
    return this.#missing.has(name);
  }

  /** Its proof was asked for and has not come for some seconds. */
  isAwaited(name: string): boolean {
    return this.#waits.isLong(name);
  }

  /** Asks about those that are neither vouched for nor known to be missing, soon and together. */
  want(certificates: Iterable<Certified>): void {
    for (const one of certificates) if (this.#isOpen(one.name)) this.#wanted.set(one.name, one);
    this.#waits.begin(this.#wanted.keys());
    if (this.#wanted.size > 0) this.#askIn(gatherMs);
  }

  /** The directory did not say which certificate that is: no proof can be asked for until it does. All rooms ask again. */
  unreached(name: string): void {
    if (!this.#isOpen(name)) return;
    this.#waits.begin([name]);
    void this.#queue.run(() => this.#waits.note([name])).catch(() => undefined);
    this.#cancelAgain ??= this.host.clock.schedule(retryMs, () => {
      this.#cancelAgain = undefined;
      if (this.host.isOnline()) this.#changed();
    });
  }

  noteMissing(names: readonly string[]): void {
    const fresh = names.filter((name) => !this.isVouched(name) && !this.isMissing(name));
    for (const name of fresh) this.#missing.add(name);
    if (fresh.length > 0) this.#changed();
  }

  /** A key that was offered to be let into a room, and is not in the log. */
  async refuse(by: AccountRef): Promise<void> {
    await this.#queue.run(() => this.#book.alarm("not-in-log", { by }));
  }

  /** Asks now. What neither `isVouched` nor `isMissing` says afterwards could not be answered. */
  async ask(certificates: readonly Certified[]): Promise<void> {
    // Nothing to ask waits for nothing that is under way.
    if (certificates.every(({ name }) => this.isVouched(name))) return;
    await this.#queue.run(() => this.#ask(certificates.filter(({ name }) => !this.isVouched(name))));
  }

  /** At each connection, and every hour. Never rejects: what fails is done the next time. */
  async look(): Promise<void> {
    try {
      const isFollowed = await this.#queue.run(() => this.#followAndProve());
      const read = isFollowed ? await this.#readOn() : "stopped";
      await this.#queue.run(() => this.#hearsay.look());
      await this.#queue.run(() => this.#noteUnread(read === "done"));
      if (read === "more") this.#lookIn(retryMs);
    } catch {
      // No room to store it, or a record out of reach.
    }
    this.#changed();
  }

  /** The checkpoint that came in somebody's message. Never rejects; what cannot be compared now is kept until it can. */
  heard(note: string, by: AccountRef): void {
    if (!this.#hearsay.isNew(note, by)) return;
    void this.#queue.run(() => this.#hearsay.take(note, by)).catch(() => undefined);
  }

  /** A person talks to this account in spite of these being missing. Nobody is invited by that, and what comes later asks again. */
  async accept(account: AccountRef, names: readonly string[]): Promise<void> {
    await this.#book.accept(account, names);
  }

  async takeBack(accountId: string): Promise<void> {
    await this.#book.takeBack(accountId);
  }

  /** Devices that a person says are theirs. */
  async acknowledge(deviceIds: readonly string[]): Promise<void> {
    const isMeant = ({ deviceId }: Arrival) => deviceIds.includes(deviceId);
    await this.#know(({ arrivals }) => ({
      names: arrivals.filter(isMeant).map(({ deviceId, key }) => knownName(deviceId, key)),
      change: { arrivals: arrivals.filter((arrival) => !isMeant(arrival)) },
    }));
  }

  /** Devices that a person knows to be gone. */
  async acknowledgeRemovals(deviceIds: readonly string[]): Promise<void> {
    const isMeant = ({ deviceId }: Removal) => deviceIds.includes(deviceId);
    await this.#know(({ removals }) => ({
      names: removals.filter(isMeant).map(({ deviceId }) => removedName(deviceId)),
      change: { removals: removals.filter((removal) => !isMeant(removal)) },
    }));
  }

  async settle(id: number): Promise<void> {
    await this.#queue.run(async () => {
      const alarms = this.alarms.map((alarm) => (alarm.id === id ? { ...alarm, settled: true } : alarm));
      await this.#book.update({ alarms });
      this.#changed();
    });
  }

  /**
   * A person goes on with the log as the server shows it now, which is not the one it was; with another key only when that is what the
   * alarm was about. What was proven stays so.
   */
  async beginAnew(): Promise<void> {
    await this.#queue.run(async () => {
      const { state } = this.#book;
      const asked = await this.host.transport.request("log:head", {});
      if (state === undefined || !asked.ok) return;
      const isKeyMeant = state.alarms.some(
        ({ kind, settled, by }) => kind === "other-key" && !settled && by === undefined,
      );
      const verifier = isKeyMeant ? asked.value.verifier : state.verifier;
      if (!(await isSignedBy(verifier, asked.value.note))) return;
      const alarms = state.alarms.map((alarm) =>
        headAlarms.includes(alarm.kind) ? { ...alarm, settled: true } : alarm,
      );
      const { note: _note, read: _read, unreadSince: _unreadSince, ...rest } = state;
      await this.#book.save({ ...rest, verifier, alarms, pending: [], unproven: [] });
    });
    await this.look();
  }

  async #know(
    heed: (state: LogState) => { readonly names: readonly string[]; readonly change: Partial<LogState> },
  ): Promise<void> {
    await this.#queue.run(async () => {
      const { state } = this.#book;
      if (state === undefined) return;
      const { names, change } = heed(state);
      await this.#book.update({ ...change, known: [...new Set([...state.known, ...names])].slice(-256) });
      this.#changed();
    });
  }

  async #followAndProve(): Promise<boolean> {
    this.#missing.clear();
    if ((await this.#followHead()) === undefined) return false;
    await this.#proveOwn();
    return true;
  }

  async #followHead(): Promise<Checkpoint | undefined> {
    const asked = await this.host.transport.request("log:head", {});
    if (!asked.ok || !(await this.#meet(asked.value.verifier, asked.value.note))) return undefined;
    const head = await follow(this.host, this.#book, asked.value.note);
    if (head !== "later") this.isRefused = head === "refused";
    return head === "later" || head === "refused" ? undefined : head;
  }

  /** The first time the key is taken as it is; afterwards what another one signs does not count. False: it has signed nothing. */
  async #meet(verifier: string, note: string): Promise<boolean> {
    if (this.#book.state !== undefined) return true;
    if (!(await isSignedBy(verifier, note))) return false;
    await this.#book.save(logStateSchema.parse({ v: 1, verifier }));
    return true;
  }

  /** The own certificates; and where reading begins. */
  async #proveOwn(): Promise<void> {
    const { accountId, accountCertificate, deviceCertificate } = this.host.identity;
    const device = certified("device", accountId, deviceCertificate);
    const own = [certified("account", accountId, accountCertificate), device];
    const isRead = this.#book.state?.read !== undefined;
    const open = isRead ? own.filter(({ name }) => !this.isVouched(name)) : own;
    const proofs = await prove(this.host, this.#book, open);
    if ([...proofs.values()].some(({ kind }) => kind === "missing")) await this.#book.alarm("own-missing");
    await this.#note(open, proofs);
    const proof = proofs.get(device.name);
    if (isRead || proof?.kind !== "proven") return;
    const { size, hashes } = proof.before;
    const from =
      size <= readWholeMax
        ? { size: 0, hashes: [], isBegun: false }
        : { size, hashes: hashes.map(toHex), isBegun: true };
    await this.#book.update({ read: { ...from, own: size, before: [] } });
  }

  /** Page by page: what waits for a proof does not wait for all of it. `more`: it is coming, and only at its end is anything sure. */
  async #readOn(): Promise<Watched> {
    for (let pages = 0; pages < pagesMax; pages++) {
      const watched = await this.#queue.run(async () => {
        const head = await headOf(this.#book);
        return head === undefined ? "stopped" : await watchPage(this.host, this.#book, head);
      });
      if (watched !== "more") return watched;
    }
    return "more";
  }

  #lookIn(delayMs: number): void {
    this.#cancelLook?.();
    this.#cancelLook = this.host.clock.schedule(delayMs, () => {
      this.#cancelLook = undefined;
      if (this.host.isOnline()) void this.look();
    });
  }

  /** A server that says nothing must not be one that hides nothing. */
  async #noteUnread(isRead: boolean): Promise<void> {
    const { state } = this.#book;
    if (state === undefined || !this.host.isOnline()) return;
    const { unreadSince, ...rest } = state;
    if (isRead) {
      if (unreadSince !== undefined) await this.#book.save(rest);
      return;
    }
    if (unreadSince === undefined) await this.#book.save({ ...rest, unreadSince: this.#book.nowMs });
    else if (this.#book.nowMs - unreadSince > patienceMs)
      await this.#book.alarm("unanswered", { notes: this.note === undefined ? [] : [this.note] });
  }

  async #ask(certificates: readonly Certified[]): Promise<void> {
    if (certificates.length === 0) return;
    if (this.#book.state === undefined && (await this.#followHead()) === undefined) return;
    await this.#note(certificates, await prove(this.host, this.#book, certificates));
  }

  async #note(asked: readonly Certified[], proofs: Awaited<ReturnType<typeof prove>>): Promise<void> {
    const of = (kind: "proven" | "missing") =>
      [...proofs].flatMap(([name, proof]) => (proof.kind === kind ? [name] : []));
    await this.#book.vouch(of("proven"));
    this.noteMissing(of("missing"));
    await this.#waits.note(asked.map(({ name }) => name));
  }

  #isOpen(name: string): boolean {
    return !this.isVouched(name) && !this.isMissing(name);
  }

  #askIn(delayMs: number): void {
    this.#cancel ??= this.host.clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      void this.#askWanted();
    });
  }

  async #askWanted(): Promise<void> {
    const wanted = [...this.#wanted.values()];
    this.#wanted.clear();
    await this.ask(wanted).catch(() => undefined);
    const open = wanted.filter(({ name }) => this.#isOpen(name));
    for (const one of open) this.#wanted.set(one.name, one);
    if (open.length > 0 && this.host.isOnline()) this.#askIn(retryMs);
  }

  #changed(): void {
    this.version += 1;
    this.host.changed();
  }
}

async function isSignedBy(line: string, note: string): Promise<boolean> {
  const verifier = decodeVerifier(line);
  return verifier !== undefined && (await openCheckpoint(utf8(note), verifier)) !== undefined;
}
