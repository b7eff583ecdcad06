/** Bare Socket.IO: rooms and a broadcast, as its documentation shows it. Nothing is checked, ordered for long or stored. */

import { createServer } from "node:http";

import { Server } from "socket.io";
import msgpackParser from "socket.io-msgpack-parser";

import { serve } from "./serve";

interface Submission {
  readonly roomId: string;
  readonly id: string;
  readonly payload: Uint8Array;
}

const server = createServer();
const io = new Server(server, {
  serveClient: false,
  transports: ["websocket"],
  ...(process.argv.includes("msgpack") ? { parser: msgpackParser } : {}),
});
const heads = new Map<string, number>();

io.on("connection", (socket) => {
  socket.on("room:enter", ({ roomId }: { roomId: string }, acknowledge: (answer: unknown) => void) => {
    void socket.join(roomId);
    acknowledge({ ok: true, answer: {} });
  });
  socket.on("event:submit", ({ roomId, id, payload }: Submission, acknowledge: (answer: unknown) => void) => {
    const seq = (heads.get(roomId) ?? 0) + 1;
    const at = Date.now();
    heads.set(roomId, seq);
    io.to(roomId).emit("event:new", { roomId, event: { seq, id, payload, at } });
    acknowledge({ ok: true, answer: { seq, at } });
  });
});

serve(server);
