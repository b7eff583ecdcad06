/**
 * What this device knows of accounts and their devices, and how far it believes them: certificates, names, marks, devices that were
 * given up, what the transparency log proves, and which code each says it runs.
 */

import type { AnchorSource } from "../../crypto/mls/door";
import { anchorSource } from "./anchors";
import { Builds } from "./builds";
import { isIn } from "./expel-revoked";
import type { StoredIdentity } from "./identity";
import type { Keyring } from "./keyring";
import { KeyLog } from "./log/key-log";
import { isRenewedIn } from "./log/rely";
import { loadPins } from "./pins";
import type { Clock, Store, Transport } from "./ports";
import { Revocations } from "./revocations";
import type { Room } from "./room";
import { followMarks } from "./trust/follow-marks";
import { TrustBook } from "./trust/trust";

export interface PeopleHost {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Hash of the build that this code is; `undefined`: it cannot say. */
  readonly build?: string | undefined;
  readonly keyring: Keyring;
  /** Its certificate and the account's secret may be others by the next look. */
  identity(): StoredIdentity;
  isOnline(): boolean;
  rooms(): Iterable<Room>;
  /** What waited may go now, what was on its way may have to wait, and every name has its mark anew. */
  judgedAnew(): void;
  /** More is proven by the log, or found to be missing in it, or wrong. */
  logChanged(): void;
}

export class People {
  /** Account ids by the names under which they were met. */
  readonly pins = new Map<string, string>();
  readonly anchors: AnchorSource;
  readonly revocations: Revocations;
  readonly trust: TrustBook;
  readonly keyLog: KeyLog;
  readonly builds: Builds;

  constructor(private readonly host: PeopleHost) {
    const { store, transport, clock, keyring, build } = host;
    const { accountId } = host.identity();
    const some = (test: (room: Room) => boolean) => [...host.rooms()].some(test);
    this.builds = new Builds(store, build);
    this.anchors = anchorSource(store, transport);
    this.revocations = new Revocations({
      store,
      transport,
      clock,
      anchors: this.anchors,
      isMet: (device) => some((room) => isIn(room, device)),
      changed: () => {
        this.judgeAnew();
        // Of our own: then there is another account secret (REN-04).
        if (host.isOnline()) void keyring.sync().catch(() => undefined);
      },
    });
    this.trust = new TrustBook({
      accountId,
      pins: this.pins,
      marks: () => keyring.list("verified"),
      lost: () => [...this.revocations.ofAccount(accountId), ...(host.identity().accountSecret?.without ?? [])],
    });
    this.keyLog = new KeyLog({
      store,
      transport,
      clock,
      get identity() {
        return host.identity();
      },
      isOnline: () => host.isOnline(),
      isRenewal: (device) => some((room) => isRenewedIn(room, device)),
      revoked: (revocation) => void this.revocations.hear(revocation),
      changed: () => {
        host.logChanged();
      },
    });
  }

  /** Once, before any room is read. */
  async load(): Promise<void> {
    const { store } = this.host;
    for (const [username, accountId] of await loadPins(store)) this.pins.set(username, accountId);
    await this.revocations.load();
    await this.keyLog.load();
    await this.builds.load();
    this.trust.read();
    await followMarks(this.trust, this.pins, store);
  }

  close(): void {
    this.revocations.close();
    this.keyLog.close();
  }

  /** The marks have changed, or which devices may make them. */
  judgeAnew(): void {
    const { store } = this.host;
    this.trust.read();
    this.host.judgedAnew();
    // Where the store failed, the pins follow at the next start.
    void followMarks(this.trust, this.pins, store).then(
      () => {
        this.host.judgedAnew();
      },
      () => undefined,
    );
  }
}
