/**
 * Which devices are known to be revoked, by their accounts' own signatures (SPEC REV, ENG-32). The server is asked about the
 * devices in our rooms at each connection and now and then, many at once; it also tells when one is revoked. What it says
 * counts only when it verifies, and what is known is never forgotten: nothing takes a revocation back (REV-03).
 */

import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { verifyRevocation } from "../../crypto/account/revocation";
import type { AnchorSource } from "../../crypto/mls/door";
import { revocationsMax } from "../../protocol/limits";
import { decodeRevocation } from "../../protocol/revocation";
import type { PolicyDevice } from "../../protocol/policy-rules";
import type { Clock, Outcome, Store, Transport } from "./ports";
import { deviceKey, revokedKey, revokedPrefix } from "./records";
import { unlessDamaged } from "./replaceable";

export interface RevocationHost {
  readonly store: Store;
  readonly transport: Pick<Transport, "revocations">;
  readonly clock: Clock;
  readonly anchors: AnchorSource;
  /** Whether a device is in one of our rooms: a server cannot fill the store with what concerns nobody here. */
  isMet(device: string): boolean;
  /** More is known than before. */
  changed(): void;
}

/** Devices that are met within this time are asked for together: a hundred may join at once. */
const gatherMs = 1000;
const retryMs = 30_000;

export class Revocations {
  readonly #known = new Map<string, Uint8Array>();
  /** In this connection. */
  readonly #asked = new Set<string>();
  readonly #wanted = new Map<string, PolicyDevice>();
  #cancel: (() => void) | undefined;
  /** Grows with what there is to look at anew. */
  version = 0;

  constructor(private readonly host: RevocationHost) {}

  /** A record that cannot be read is asked for again. */
  async load(): Promise<void> {
    const { store } = this.host;
    for (const key of await store.keys(revokedPrefix)) {
      const bytes = await unlessDamaged(() => store.get(key));
      if (bytes !== undefined) this.#known.set(key.slice(revokedPrefix.length), bytes);
    }
  }

  /** By `deviceKey`; verified. */
  of(device: string): Uint8Array | undefined {
    return this.#known.get(device);
  }

  /** Ids of the account's devices that are known to be revoked. */
  ofAccount(accountId: string): string[] {
    return [...this.#known.values()].flatMap((bytes) => {
      const said = decodeRevocation(bytes);
      return said?.accountId === accountId ? [said.deviceId] : [];
    });
  }

  /** The server said so by itself. Never rejects: what is not heard now is asked for later. */
  async hear(bytes: Uint8Array): Promise<void> {
    const device = deviceNamed(bytes);
    if (device === undefined || !this.host.isMet(device)) return;
    if (await this.#learn(bytes).catch(() => false)) this.host.changed();
  }

  /** Asks about those it has not asked about yet, soon and together. */
  want(devices: readonly PolicyDevice[]): void {
    for (const device of devices) {
      const key = deviceKey(device);
      if (!this.#asked.has(key) && !this.#known.has(key)) this.#wanted.set(key, device);
    }
    if (this.#wanted.size > 0) this.#lookIn(gatherMs);
  }

  /** Asks now. An answer that does not come decides nothing. */
  async ask(devices: readonly PolicyDevice[]): Promise<Outcome<null>> {
    const unknown = devices.filter((device) => !this.#known.has(deviceKey(device)));
    for (let from = 0; from < unknown.length; from += revocationsMax) {
      const page = unknown.slice(from, from + revocationsMax);
      const told = await this.host.transport.revocations(page.map(({ deviceId }) => deviceId));
      if (!told.ok) return told;
      const keys = new Set(page.map(deviceKey));
      let isNews = false;
      for (const bytes of told.value) {
        const device = deviceNamed(bytes);
        if (device !== undefined && keys.has(device) && (await this.#learn(bytes))) isNews = true;
      }
      for (const key of keys) this.#asked.add(key);
      if (isNews) this.host.changed();
    }
    return { ok: true, value: null };
  }

  /** A new connection, or an hour has passed: each room asks about its people once more when it is next at work. */
  again(): void {
    this.#asked.clear();
    this.version += 1;
  }

  close(): void {
    this.#cancel?.();
    this.#wanted.clear();
  }

  #lookIn(delayMs: number): void {
    this.#cancel ??= this.host.clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const devices = [...this.#wanted.values()];
    this.#wanted.clear();
    const asked: Outcome<null> = await this.ask(devices).catch(() => ({ ok: false, error: { code: "UNAVAILABLE" } }));
    if (asked.ok || asked.error.code === "OFFLINE") return;
    // Pages that were answered are not asked for again; offline it is all asked at the next connection.
    const open = devices.filter((device) => !this.#asked.has(deviceKey(device)));
    for (const device of open) this.#wanted.set(deviceKey(device), device);
    if (open.length > 0) this.#lookIn(asked.error.retryAfterMs ?? retryMs);
  }

  /** True when it says something new. Throws when the account's certificate, or the store, is out of reach. */
  async #learn(bytes: Uint8Array): Promise<boolean> {
    const device = deviceNamed(bytes);
    const accountId = decodeRevocation(bytes)?.accountId;
    if (device === undefined || accountId === undefined || this.#known.has(device)) return false;
    const der = await this.host.anchors(accountId);
    const account = der && (await verifyAccountCertificate(der));
    if (account === undefined || (await verifyRevocation(bytes, account)) === undefined) return false;
    await this.host.store.write([{ key: revokedKey(device), value: bytes }]);
    this.#known.set(device, bytes);
    this.version += 1;
    return true;
  }
}

function deviceNamed(bytes: Uint8Array): string | undefined {
  const said = decodeRevocation(bytes);
  return said && deviceKey(said);
}
