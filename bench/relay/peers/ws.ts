/** The ceiling: one `ws` server, a set of sockets per room, bytes passed on as they came. */

import { createServer } from "node:http";

import { WebSocketServer, type RawData, type WebSocket } from "ws";

import { wsFrames } from "../plan";
import { serve } from "./serve";

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const rooms = new Map<string, Set<WebSocket>>();
/** Hex characters of a room id, behind the first byte. */
const idEnd = 1 + 32;

sockets.on("connection", (socket) => {
  socket.on("message", (data: RawData) => {
    const frame = data as Buffer;
    const id = frame.toString("latin1", 1, idEnd);
    const room = rooms.get(id) ?? new Set();
    rooms.set(id, room);
    if (frame[0] === wsFrames.enter) {
      room.add(socket);
      socket.send(new Uint8Array([wsFrames.entered]));
      return;
    }
    frame[0] = wsFrames.event;
    for (const one of room) one.send(frame);
    socket.send(new Uint8Array([wsFrames.acknowledged]));
  });
  socket.on("close", () => {
    for (const room of rooms.values()) room.delete(socket);
  });
});

serve(server);
