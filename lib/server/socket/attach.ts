/**
 * Socket.IO on the HTTP server: origin at the upgrade, session at the handshake, then a challenge that only the device
 * key answers; before that nothing is told. SPEC SOCK.
 */

import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { Duplex } from "node:stream";

import { Server, type DefaultEventsMap, type Socket } from "socket.io";

import { frameMaxBytes, socketProofMs } from "../../protocol/limits";
import { socketPath } from "../../protocol/schemas/socket";
import { socketParser } from "../../protocol/socket-parser";
import { pathOf } from "../http/front";
import { isOwnOrigin } from "../http/origin";
import { describeError } from "../ops/describe-error";
import { Refused } from "../refused";
import type { Services } from "../services";
import { Broadcast, type FramedOptions } from "./broadcast";
import { passLetter } from "./knocks";
import { channels, identify, type SocketData } from "./peer";
import { makeAnswerRequests, type AnswerRequests } from "./requests";

export interface Sockets {
  /** Closes every connection and takes no more. */
  close(): Promise<void>;
}

type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
type AppServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;
type AppSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, SocketData>;

/** Packets and events waiting for a client that reads slower than its rooms talk; it reconnects and fetches the rest. */
const waitingPacketsMax = 2000;

const forbidden = "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** `otherUpgrade` gets upgrades to paths that are not ours; without it they are cut (W13). */
export function attachSockets(server: HttpServer, services: Services, otherUpgrade?: OnUpgrade): Sockets {
  const io: AppServer = new Server(
    // Never listens: upgrades are handed over below, after the gate; no request gets to the engine any other way.
    createServer(),
    {
      path: socketPath,
      serveClient: false,
      transports: ["websocket"],
      allowUpgrades: false,
      parser: socketParser,
      perMessageDeflate: false,
      httpCompression: false,
      maxHttpBufferSize: frameMaxBytes,
      connectTimeout: socketProofMs,
    },
  );
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const path = pathOf(request.url);
    if (path !== `${socketPath}/`) {
      if (path === undefined || otherUpgrade === undefined) socket.destroy();
      else otherUpgrade(request, socket, head);
    } else if (!isOwnOrigin(request.headers, services.env)) {
      const { origin, host } = request.headers;
      services.log.warn(
        { origin, host },
        "refused a socket from another origin; people use another address than this? set PUBLIC_ORIGIN",
      );
      socket.end(forbidden);
    } else {
      // The engine's types know no plain duplex stream, Node's upgrade event nothing else.
      io.engine.handleUpgrade(request, socket, head);
    }
  });
  io.use((socket, next) => {
    admit(socket, services).then(
      () => {
        next();
      },
      (error: unknown) => {
        if (!(error instanceof Refused)) services.log.error({ error: describeError(error) }, "a handshake failed");
        next(new Error(error instanceof Refused ? error.code : "INTERNAL"));
      },
    );
  });
  const answerRequests = makeAnswerRequests(io, services);
  io.on("connection", (socket) => {
    challenge(socket, services, answerRequests);
  });
  const broadcast = new Broadcast(io);
  services.delivery.onStored((roomId, event) => {
    broadcast.send(roomId, event);
  });
  services.delivery.onLetter((letter) => {
    passLetter(io, letter);
  });
  services.accountNotices.onNotice((accountId, notice) => {
    io.to(channels.account(accountId)).emit("account", notice);
  });
  services.sessions.onEnd((tokenHash) => {
    io.in(channels.session(tokenHash)).disconnectSockets(true);
  });
  services.devices.onRevoked(({ deviceId, revocation, roomIds }) => {
    const told = [channels.device(deviceId), ...roomIds.map(channels.room)];
    io.to(told).emit("device:revoked", { revocation });
    io.in(channels.device(deviceId)).disconnectSockets(true);
  });
  services.endings.onDeleted((accountId, revoked) => {
    for (const { revocation, roomIds } of revoked) {
      // Nowhere would mean everywhere.
      if (roomIds.length === 0) continue;
      // Its own tabs are signed out, as their sessions have ended.
      const members = io.to(roomIds.map(channels.room)).except(channels.account(accountId));
      members.emit("device:revoked", { revocation });
    }
  });
  return {
    async close() {
      io.disconnectSockets(true);
      await io.close();
    },
  };
}

async function admit(socket: AppSocket, services: Services): Promise<void> {
  const peer = await identify(socket, services);
  socket.data.peer = peer;
}

function challenge(socket: AppSocket, services: Services, answerRequests: AnswerRequests): void {
  const { peer } = socket.data;
  forgetHandshake(socket);
  if (peer === undefined) {
    socket.disconnect(true);
    return;
  }
  void socket.join([channels.session(peer.tokenHash), channels.device(peer.deviceId)]);
  answerRequests(socket, peer);
  cutWhenSlow(socket);
  peer.unproven = setTimeout(() => socket.disconnect(true), socketProofMs);
  socket.on("disconnect", () => {
    clearTimeout(peer.unproven);
  });
  // Between the handshake and here the session may have ended or the device been revoked: look once more (W4).
  stillAdmitted(socket, services).then(
    (isAdmitted) => {
      if (isAdmitted) socket.emit("challenge", { nonce: peer.challenge?.nonce });
      else socket.disconnect(true);
    },
    () => socket.disconnect(true),
  );
}

/** What Socket.IO would keep of the upgrade as long as the connection lives: kilobytes, and the session's cookie. */
function forgetHandshake(socket: AppSocket): void {
  const { handshake, request } = socket;
  handshake.headers = {};
  handshake.auth = {};
  request.headers = {};
  request.rawHeaders = [];
  // Its types do not know that a connection may be without; its documentation advises it.
  (socket.conn as { request: IncomingMessage | null }).request = null;
}

function cutWhenSlow({ conn }: AppSocket): void {
  let waiting = 0;
  conn.on("packetCreate", ({ options }: { options?: Partial<FramedOptions> }) => {
    waiting += options?.events ?? 1;
    if (waiting > waitingPacketsMax) conn.close(true);
  });
  conn.on("flush", () => {
    waiting = 0;
  });
}

async function stillAdmitted(socket: AppSocket, { database }: Services): Promise<boolean> {
  const { peer } = socket.data;
  if (peer === undefined) return false;
  const { deviceId, tokenHash } = peer;
  const sessions = await database.reader.session.count({ where: { tokenHash } });
  const devices = await database.reader.device.count({ where: { id: deviceId, revokedAt: null } });
  return sessions === 1 && devices === 1;
}
