/** What governing rooms needs of the engine around it. */

import type { RoomId } from "../../protocol/ids";
import type { StoredIdentity } from "./identity";
import type { Keyring } from "./keyring";
import type { RoomMeta } from "./records";
import type { Room } from "./room";
import type { RoomHost } from "./room-host";

export interface GovernHost extends RoomHost {
  readonly identity: StoredIdentity;
  readonly keyring: Keyring;
  all(): Iterable<Room>;
  room(roomId: string): Room | undefined;
  roomFor(roomId: RoomId, meta: RoomMeta): Room;
  /** Resolves when there is a connection, or after a while. */
  connected(): Promise<void>;
}
