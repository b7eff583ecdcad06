/**
 * Letting in: who asks is passed on to members that are there, and the Welcome back to who asked; a Welcome that is stored is told
 * to who is there. Nothing here decides: members check who asks, and who is not answered comes in by itself (DS-11, ENG-25).
 */

import type { Server, Socket } from "socket.io";

import { knockDoors } from "../../protocol/limits";
import type { KnockNotice, WelcomeNotice } from "../../protocol/schemas/socket";
import type { Letter, WelcomeTo } from "../delivery/inbox";
import { channels, peerOf, type Peer } from "./peer";

/** Passes a knock to members that have been here longest, so that those who ask at once ask the same. Answers to how many. */
export function passKnock(io: Server, asking: Peer, roomId: KnockNotice["roomId"], knock: Uint8Array): number {
  (asking.knocked ??= new Set()).add(roomId);
  const asked = new Set<string>();
  for (const socket of socketsIn(io, channels.room(roomId))) {
    if (asked.size === knockDoors) break;
    const peer = peerOf(socket.data);
    if (peer?.attested?.has(roomId) !== true || peer.deviceId === asking.deviceId || asked.has(peer.deviceId)) continue;
    socket.emit("room:knock", { roomId, knock, turn: asked.size } satisfies KnockNotice);
    asked.add(peer.deviceId);
  }
  return asked.size;
}

/** Only to those who asked: in an open room nobody can be made to receive a Welcome. */
export function passWelcome(io: Server, roomId: WelcomeNotice["roomId"], seq: number, { bytes, to }: WelcomeTo): void {
  for (const deviceId of new Set(to)) {
    for (const socket of socketsIn(io, channels.device(deviceId))) {
      if (peerOf(socket.data)?.knocked?.delete(roomId) !== true) continue;
      socket.emit("room:welcome", { roomId, seq, welcome: bytes } satisfies WelcomeNotice);
    }
  }
}

/** To the device it waits for, once its key has shown itself (SOCK-11). */
export function passLetter(io: Server, { deviceId, notice }: Letter): void {
  for (const socket of socketsIn(io, channels.device(deviceId))) {
    if (peerOf(socket.data)?.proven === true) socket.emit("room:welcome", notice);
  }
}

function* socketsIn(io: Server, channel: string): Generator<Socket> {
  for (const id of io.sockets.adapter.rooms.get(channel) ?? []) {
    const socket = io.sockets.sockets.get(id);
    if (socket !== undefined) yield socket;
  }
}
