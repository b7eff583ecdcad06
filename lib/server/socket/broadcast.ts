/**
 * Live events to the sockets of a room. What one commit put on disk leaves as one buffer per room, encoded and framed
 * once and written once to each member, where Socket.IO's own broadcast would frame and write per member and event
 * (docs/PERFORMANCE.md). On the wire it is the same: one WebSocket message per event.
 */

import type { Server } from "socket.io";

import { encodeMsgpack } from "../../protocol/msgpack";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { packetTypes } from "../../protocol/socket-parser";
import { channels } from "./peer";

/** Options of one write to the engine. The first is Socket.IO's own name for a frame made beforehand. */
export interface FramedOptions {
  readonly compress: false;
  readonly wsPreEncodedFrame: readonly [Uint8Array];
  /** Events in the frames, for who counts what waits. */
  readonly events: number;
}

export class Broadcast {
  #waiting = new Map<string, RoomEvent[]>();

  constructor(private readonly io: Server) {}

  /** Goes out when the current job has ended: before any acknowledgement of the same commit. */
  send(roomId: string, event: RoomEvent): void {
    if (this.#waiting.size === 0) {
      queueMicrotask(() => {
        this.#flush();
      });
    }
    const events = this.#waiting.get(roomId);
    if (events === undefined) this.#waiting.set(roomId, [event]);
    else events.push(event);
  }

  #flush(): void {
    const rooms = this.#waiting;
    this.#waiting = new Map();
    for (const [roomId, events] of rooms) this.#write(roomId, events);
  }

  #write(roomId: string, events: readonly RoomEvent[]): void {
    const { adapter, sockets } = this.io.sockets;
    const members = adapter.rooms.get(channels.room(roomId));
    if (members === undefined) return;
    const frames = Buffer.concat(events.flatMap((event) => framed(encodeLive(roomId, event))));
    const options: FramedOptions = { compress: false, wsPreEncodedFrame: [frames], events: events.length };
    for (const id of members) sockets.get(id)?.conn.write(frames, options);
  }
}

function encodeLive(roomId: string, event: RoomEvent): Uint8Array {
  return encodeMsgpack({ type: packetTypes.event, nsp: "/", data: ["event:new", { roomId, event }] });
}

/** FIN and opcode "binary" (RFC 6455 section 5.2); servers do not mask. */
const binaryFrame = 0x82;

/** Head and payload of one WebSocket message. */
function framed(payload: Uint8Array): [Uint8Array, Uint8Array] {
  const { length } = payload;
  if (length < 126) return [new Uint8Array([binaryFrame, length]), payload];
  const head = Buffer.alloc(length < 0x1_0000 ? 4 : 10);
  head[0] = binaryFrame;
  head[1] = head.length === 4 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return [head, payload];
}
