/**
 * What this device has done to its own account: devices it has linked, and devices it has given up. Noted before the server is told, so
 * that the log's entry about it is never news (SPEC LOG-12). Each takes the account's password, so there are few.
 */

import type { Store } from "../ports";

const prefix = "log/own/";
const present = Uint8Array.of(1);

/** A device of the account that needs no word; the key is Ed25519, hex. */
export function knownName(deviceId: string, key: string): string {
  return `${deviceId}/${key}`;
}

/** A device that was given up, and needs no word. */
export function removedName(deviceId: string): string {
  return `${deviceId}/removed`;
}

export async function noteOwnDoing(store: Pick<Store, "write">, name: string): Promise<void> {
  await store.write([{ key: `${prefix}${name}`, value: present }]);
}

export async function ownDoings(store: Pick<Store, "keys">): Promise<string[]> {
  return (await store.keys(prefix)).map((key) => key.slice(prefix.length));
}
