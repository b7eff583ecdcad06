/**
 * The transparency log as this device sees it (SPEC LOG-09 to LOG-13): its head, what is proven to be in it, the entries about the
 * own account, and the checkpoints of others. One thing at a time, so that an older answer never comes after a newer one.
 */

import { toHex } from "../../../protocol/bytes";
import { decodeVerifier, type Checkpoint } from "../../../protocol/log/checkpoint";
import type { StoredIdentity } from "../identity";
import type { Clock, Store, Transport } from "../ports";
import { SerialQueue } from "../queue";
import type { AccountRef } from "../views";
import { LogBook } from "./book";
import { compare } from "./compare";
import { follow, headOf } from "./follow";
import { certified, prove, type Certified } from "./prove";
import { watch } from "./watch";
import type { Arrival, LogAlarm } from "./records";

export interface KeyLogHost {
  readonly identity: StoredIdentity;
  readonly store: Store;
  readonly transport: Pick<Transport, "request">;
  readonly clock: Clock;
  isOnline(): boolean;
  isRenewal(deviceId: string, certificate: Uint8Array): boolean;
  revoked(revocation: Uint8Array): void;
  /** More is proven, or found to be missing, or wrong: what waits may go, what is shown may change. */
  changed(): void;
}

/** Certificates that are met within this time are asked for together. */
const gatherMs = 100;
const retryMs = 15_000;
/** Checkpoints of others that were compared already. */
const comparedMax = 500;

export class KeyLog {
  readonly #book: LogBook;
  readonly #queue = new SerialQueue();
  readonly #missing = new Set<string>();
  readonly #wanted = new Map<string, Certified>();
  readonly #compared = new Set<string>();
  #cancel: (() => void) | undefined;
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
  }

  async load(): Promise<void> {
    await this.#book.load();
  }

  close(): void {
    this.#cancel?.();
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

  /** Of `Certified.name`: it is proven to be in the log, or a person uses it all the same. */
  isVouched(name: string): boolean {
    return this.#book.isVouched(name);
  }

  /** The log has said in this connection that it has no such certificate. */
  isMissing(name: string): boolean {
    return this.#missing.has(name);
  }

  /** Asks about those that are neither vouched for nor known to be missing, soon and together. */
  want(certificates: Iterable<Certified>): void {
    for (const one of certificates) if (this.#isOpen(one)) this.#wanted.set(one.name, one);
    if (this.#wanted.size > 0) this.#askIn(gatherMs);
  }

  /** Asks now. What neither `isVouched` nor `isMissing` says afterwards could not be answered. */
  async ask(certificates: readonly Certified[]): Promise<void> {
    await this.#queue.run(() => this.#ask(certificates.filter(({ name }) => !this.isVouched(name))));
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

  /** At each connection, and every hour. Never rejects: what fails is done the next time. */
  async look(): Promise<void> {
    await this.#queue
      .run(async () => {
        this.#missing.clear();
        const head = await this.#followHead();
        if (head === undefined) return;
        await this.#proveOwn();
        const newest = (await headOf(this.#book)) ?? head;
        await watch(this.host, this.#book, newest);
      })
      .catch(() => undefined);
    this.#changed();
  }

  /** The checkpoint that came in somebody's message. Never rejects. */
  heard(note: string, by: AccountRef): void {
    const key = `${by.accountId} ${note}`;
    if (note === this.note || this.#compared.has(key)) return;
    if (this.#compared.size >= comparedMax) this.#compared.clear();
    this.#compared.add(key);
    void this.#queue
      .run(() => compare(this.host, this.#book, note, by))
      .catch(() => false)
      .then((isDone) => {
        if (!isDone) this.#compared.delete(key);
      });
  }

  /** A person uses these certificates although the log does not have them. */
  async accept(names: readonly string[]): Promise<void> {
    await this.#book.vouch(names);
  }

  /** Devices that this device let in itself, or that a person says are theirs. */
  async acknowledge(deviceIds: readonly string[]): Promise<void> {
    await this.#queue.run(async () => {
      const { state } = this.#book;
      if (state === undefined) return;
      const known = [...new Set([...state.known, ...deviceIds])].slice(-256);
      const arrivals = state.arrivals.filter(({ deviceId }) => !deviceIds.includes(deviceId));
      await this.#book.update({ known, arrivals });
      this.#changed();
    });
  }

  async settle(id: number): Promise<void> {
    await this.#queue.run(async () => {
      const alarms = this.alarms.map((alarm) => (alarm.id === id ? { ...alarm, settled: true } : alarm));
      await this.#book.update({ alarms });
      this.#changed();
    });
  }

  /** A person goes on with the log as the server shows it now, which is not the one it was. What was proven stays so. */
  async beginAnew(): Promise<void> {
    await this.#queue.run(async () => {
      const { state } = this.#book;
      const asked = await this.host.transport.request("log:head", {});
      if (state === undefined || !asked.ok || decodeVerifier(asked.value.verifier) === undefined) return;
      const alarms = state.alarms.map((alarm) => ({ ...alarm, settled: true }));
      const { note: _note, read: _read, ...rest } = state;
      await this.#book.save({ ...rest, verifier: asked.value.verifier, alarms });
    });
    await this.look();
  }

  async #followHead(): Promise<Checkpoint | undefined> {
    const asked = await this.host.transport.request("log:head", {});
    if (!asked.ok || !(await this.#meet(asked.value.verifier))) return undefined;
    const head = await follow(this.host, this.#book, asked.value.note);
    return head === "later" || head === "refused" ? undefined : head;
  }

  /** The first time the key is taken as it is; afterwards what another one signs does not count. False: it is no key. */
  async #meet(verifier: string): Promise<boolean> {
    if (this.#book.state !== undefined) return true;
    if (decodeVerifier(verifier) === undefined) return false;
    const known = [this.host.identity.deviceId];
    await this.#book.save({ v: 1, verifier, known, arrivals: [], alarms: [], nextAlarm: 0 });
    return true;
  }

  /** From where the own certificate stands this device reads on. */
  async #proveOwn(): Promise<void> {
    const { accountId, accountCertificate, deviceCertificate } = this.host.identity;
    const device = certified("device", accountId, deviceCertificate);
    const own = [certified("account", accountId, accountCertificate), device];
    const isRead = this.#book.state?.read !== undefined;
    const open = isRead ? own.filter(({ name }) => !this.isVouched(name)) : own;
    const proofs = await prove(this.host, this.#book, open);
    if ([...proofs.values()].some(({ kind }) => kind === "missing")) await this.#book.alarm("own-missing");
    await this.#note(proofs);
    const proof = proofs.get(device.name);
    if (isRead || proof?.kind !== "proven") return;
    const { size, hashes } = proof.before;
    await this.#book.update({ read: { size, hashes: hashes.map(toHex) } });
  }

  async #ask(certificates: readonly Certified[]): Promise<void> {
    if (certificates.length === 0) return;
    if (this.#book.state === undefined && (await this.#followHead()) === undefined) return;
    await this.#note(await prove(this.host, this.#book, certificates));
  }

  async #note(proofs: Awaited<ReturnType<typeof prove>>): Promise<void> {
    const of = (kind: "proven" | "missing") =>
      [...proofs].flatMap(([name, proof]) => (proof.kind === kind ? [name] : []));
    await this.#book.vouch(of("proven"));
    this.noteMissing(of("missing"));
  }

  #isOpen({ name }: Certified): boolean {
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
    const open = wanted.filter((one) => this.#isOpen(one));
    for (const one of open) this.#wanted.set(one.name, one);
    if (open.length > 0 && this.host.isOnline()) this.#askIn(retryMs);
  }

  #changed(): void {
    this.version += 1;
    this.host.changed();
  }
}
