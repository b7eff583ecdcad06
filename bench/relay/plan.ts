/** What is measured: who is there, in which rooms, and how much they say. Servers and load program both read it. */

import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

export const peerNames = ["sealroom", "socket.io", "socket.io + msgpack-parser", "ws"] as const;
export type PeerName = (typeof peerNames)[number];

export interface Scenario {
  readonly name: string;
  readonly rooms: number;
  readonly members: number;
  /** Of all rooms together, at fixed load. */
  readonly messagesPerSecond: number;
}

export const scenarios: readonly Scenario[] = [
  { name: "1 room x 100 members", rooms: 1, members: 100, messagesPerSecond: 20 },
  { name: "50 rooms x 10 members", rooms: 50, members: 10, messagesPerSecond: 100 },
];

/** A short text sealed by MLS: 256 bytes of padded content, signature, tag and framing. */
export const ciphertextBytes = 352;

/** Where `index` of a scenario belongs; every scenario has its own rooms. */
export function roomOf(scenario: Scenario, index: number): number {
  const before = scenarios.slice(0, scenarios.indexOf(scenario)).reduce((sum, { rooms }) => sum + rooms, 0);
  return before + (index % scenario.rooms);
}

export const roomId = (index: number) => digest(`room ${index}`).toString("hex").slice(0, 32);

/** First byte of a frame of the `ws` peer, which has no protocol of its own. */
export const wsFrames = { enter: 1, submit: 2, entered: 3, event: 4, acknowledged: 5 } as const;

/** A member as both sides derive it from its number: no secrets need to travel. */
export interface Member {
  readonly username: string;
  readonly accountId: string;
  readonly deviceId: string;
  /** Of the session cookie, base64url. */
  readonly token: string;
  /** Ed25519. */
  readonly key: KeyObject;
  readonly publicKey: Uint8Array;
}

/** PKCS #8 around an Ed25519 seed (RFC 8410). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const publicKeyOffset = 12;

export function member(index: number): Member {
  const seed = digest(`seed ${index}`);
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicKeyOffset);
  return {
    username: `member${index}`,
    accountId: digest(`account ${index}`).toString("hex"),
    deviceId: digest(`device ${index}`).toString("hex").slice(0, 32),
    token: digest(`token ${index}`).toString("base64url"),
    key,
    publicKey,
  };
}

export const signWith = (key: KeyObject, bytes: Uint8Array): Uint8Array => sign(null, bytes, key);

function digest(text: string): Buffer {
  return createHash("sha256").update(`sealroom bench ${text}`).digest();
}
