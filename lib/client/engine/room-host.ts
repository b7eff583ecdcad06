/** What a room needs of the engine around it. */

import type { AnchorSource, DeviceIdentity } from "../../crypto/mls/door";
import type { RoomId } from "../../protocol/ids";
import type { RoomKeyringValue } from "../../protocol/keyring";
import type { Builds } from "./builds";
import type { KeyLog } from "./log/key-log";
import type { Clock, Random, Store, Transport } from "./ports";
import type { Revocations } from "./revocations";
import type { Room } from "./room";
import type { TrustBook } from "./trust/trust";
import type { TimelineItem } from "./views";

export interface RoomHost {
  readonly identity: DeviceIdentity;
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly anchors: AnchorSource;
  readonly pins: Map<string, string>;
  readonly revocations: Revocations;
  readonly trust: TrustBook;
  readonly keyLog: KeyLog;
  readonly builds: Builds;
  /** What the account's keyring knows of a room. */
  shared(roomId: RoomId): RoomKeyringValue | undefined;
  isOnline(): boolean;
  /** There is no room for what a turn wants to store, or there is again. */
  storeFull(isFull: boolean): void;
  changed(room: Room, upsert: readonly TimelineItem[], remove: readonly string[]): void;
  /** Tells the account's other devices how it stands with the room. */
  remember(room: Room): Promise<void>;
  /** All that was stored of the room is deleted: it is a room no more. */
  forgotten(room: Room): void;
  /** This device is in some room no more, or on its way into it: what waits may be an invitation to come in again. */
  hasLeft(): void;
}
