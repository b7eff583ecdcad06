/** Who a socket is: a session and a device of one account at the handshake; proven once the device key has answered. */

import { randomBytes } from "node:crypto";

import type { Socket } from "socket.io";

import { verifyDeviceSignature } from "../../crypto/account/device-signature";
import { fromHex, utf8 } from "../../protocol/bytes";
import type { ErrorCode } from "../../protocol/errors";
import { handshakeSchema, socketNonceBytes, socketProofLabel } from "../../protocol/schemas/socket";
import { stampAddress } from "../http/address";
import { sessionOf } from "../http/handle";
import { Refused } from "../refused";
import type { Services } from "../services";

interface Challenge {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** As the browser states it; part of what is signed, so that no other site can pass the challenge on. */
  readonly origin: string;
  readonly nonce: Uint8Array;
}

export interface Peer {
  readonly accountId: string;
  readonly deviceId: string;
  readonly tokenHash: string;
  /** What the device key must answer; gone once it has, and with it the kilobytes of buffers behind. */
  challenge: Challenge | undefined;
  proven: boolean;
  /** Cuts who has not proven itself in time; set while that is open. */
  unproven: NodeJS.Timeout | undefined;
  /** Rooms whose roster this device is on. */
  readonly rooms: Set<string>;
  /** Rooms whose epoch this connection has attested, and rooms it asked to be let into; made when first needed. */
  attested: Set<string> | undefined;
  knocked: Set<string> | undefined;
}

/** What `attachSockets` keeps with each socket. */
export interface SocketData {
  peer?: Peer;
}

export function peerOf(data: unknown): Peer | undefined {
  return (data as SocketData).peer;
}

/** Channels of the Socket.IO adapter; no two kinds share a name. */
export const channels = {
  room: (roomId: string) => `room:${roomId}`,
  session: (tokenHash: string) => `session:${tokenHash}`,
  device: (deviceId: string) => `device:${deviceId}`,
  /** Proven sockets only. */
  account: (accountId: string) => `account:${accountId}`,
};

/** Throws `Refused`; the cookie alone gets as far as the challenge (SOCK-02). */
export async function identify(socket: Socket, services: Services): Promise<Peer> {
  const { request } = socket;
  await services.limits.take("connect", stampAddress(request, services.env));
  const handshake = handshakeSchema.safeParse(socket.handshake.auth);
  if (!handshake.success) throw new Refused("MALFORMED");
  const { username, deviceId } = handshake.data;
  const session = await sessionOf(services, username, request.headers.cookie);
  if (session === undefined) throw new Refused(await whyNoSession(services, username, deviceId));
  const { accountId, tokenHash } = session;
  const device = await services.database.reader.device.findFirst({ where: { id: deviceId, accountId } });
  if (device === null) throw new Refused("NOT_FOUND");
  if (device.revokedAt !== null) throw new Refused("DEVICE_REVOKED");
  return {
    accountId,
    deviceId,
    tokenHash,
    challenge: {
      publicKey: device.publicKey,
      origin: request.headers.origin ?? "",
      nonce: randomBytes(socketNonceBytes),
    },
    proven: false,
    unproven: undefined,
    rooms: new Set(),
    attested: undefined,
    knocked: undefined,
  };
}

/** A revoked device has no session left; the directory tells everybody that it is one, so it may know too (DEV-05). */
async function whyNoSession(services: Services, username: string, id: string): Promise<ErrorCode> {
  const where = { id, account: { username }, revokedAt: { not: null } };
  const revoked = await services.database.reader.device.count({ where });
  return revoked === 0 ? "NOT_SIGNED_IN" : "DEVICE_REVOKED";
}

/** Throws BAD_PROOF (SOCK-03). */
export async function prove(peer: Peer, signature: Uint8Array, services: Services): Promise<void> {
  const { challenge } = peer;
  if (challenge === undefined) throw new Refused("BAD_PROOF");
  const parts = [
    challenge.nonce,
    utf8(challenge.origin),
    utf8(peer.accountId),
    fromHex(peer.deviceId) ?? new Uint8Array(),
  ];
  const isProven = await verifyDeviceSignature(challenge.publicKey, socketProofLabel, parts, signature);
  if (!isProven) throw new Refused("BAD_PROOF");
  await services.sessions.bind(peer.tokenHash, peer.deviceId);
  for (const roomId of await services.delivery.roster.of(peer.deviceId)) peer.rooms.add(roomId);
  peer.proven = true;
  peer.challenge = undefined;
  clearTimeout(peer.unproven);
  peer.unproven = undefined;
}
