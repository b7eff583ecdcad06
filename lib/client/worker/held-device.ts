/**
 * The device that this browser holds for an account, if its database can still be read. When it cannot, the database is
 * set aside and the answer says so: the person signs in again, and this browser becomes a new device (ENG-24).
 */

import { foldUsername } from "../../protocol/names";
import { loadIdentity, type StoredIdentity } from "../engine/identity";
import type { Store } from "../engine/ports";
import { roomsPrefix, StoreCorrupt } from "../engine/records";
import type { AccountEntry, Databases } from "./databases";

export type HeldDevice =
  | { readonly state: "none" }
  | { readonly state: "set-aside"; readonly serverPublicKey: string | undefined }
  | {
      readonly state: "held";
      readonly entry: AccountEntry;
      readonly store: Store;
      readonly identity: StoredIdentity;
    };

export async function heldDevice(databases: Databases, username: string): Promise<HeldDevice> {
  const found = await databases.find(username);
  if (found.state !== "held") return found;
  const { state: _state, ...entry } = found;
  try {
    const store = await databases.open(username, entry);
    const identity = await loadIdentity(store);
    if (identity !== undefined) return { state: "held", entry, store, identity };
    // Rooms without a device: its record is gone, which is damage like any other.
    if ((await store.keys(roomsPrefix, { limit: 1 })).length === 0) return { state: "none" };
  } catch (error) {
    if (!(error instanceof StoreCorrupt)) throw error;
  }
  await databases.setAside(username, entry);
  return { state: "set-aside", serverPublicKey: entry.serverPublicKey };
}

/** The device of an account that is here and can be read, by its name as a person types it. */
export async function heldAccount(
  databases: Databases,
  name: string,
): Promise<Omit<Extract<HeldDevice, { state: "held" }>, "state"> | undefined> {
  const device = await heldDevice(databases, foldUsername(name));
  return device.state === "held" ? device : undefined;
}
