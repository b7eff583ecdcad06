/** Every socket request: parsed, limited, answered once. Whatever else comes is refused and the connection stays. */

import type { Server, Socket } from "socket.io";

import {
  requestSchemas,
  type Acknowledgement,
  type Answer,
  type Request,
  type RequestName,
} from "../../protocol/schemas/socket";
import { concatBytes } from "../../protocol/bytes";
import { logPageEntries } from "../../protocol/limits";
import { inspectEvent } from "../delivery/inspect";
import { describeError } from "../ops/describe-error";
import { Refused } from "../refused";
import type { Services } from "../services";
import { passKnock, passWelcome } from "./knocks";
import { channels, peerOf, prove, type Peer } from "./peer";

interface Caller {
  readonly socket: Socket;
  readonly peer: Peer;
}

type Handlers = {
  readonly [Name in RequestName]: (caller: Caller, request: Request<Name>) => Promise<Answer<Name>>;
};

/** Answers the requests of one socket from now on. */
export type AnswerRequests = (socket: Socket, peer: Peer) => void;

/** Requests of one socket under way at a time: bounds what it can make the server hold. */
const inFlightMax = 64;

/** One set of handlers for all sockets: a connection costs a few closures, not one for each request there is. */
export function makeAnswerRequests(io: Server, services: Services): AnswerRequests {
  const handlers = makeHandlers(io, services);
  return (socket, peer) => {
    answerRequests({ socket, peer }, handlers, services);
  };
}

function answerRequests(caller: Caller, handlers: Handlers, services: Services): void {
  const { socket, peer } = caller;
  const meter = services.limits.meter("request");
  let inFlight = 0;
  // As middleware that never passes on: a packet cannot name an event that Socket.IO emits itself, such as `disconnect`.
  socket.use(([name, ...args]: readonly unknown[]) => {
    const acknowledge = args.at(-1);
    const wantsAnswer = typeof acknowledge === "function";
    inFlight += 1;
    const answered = answer(name, wantsAnswer ? args.slice(0, -1) : undefined, inFlight > inFlightMax);
    void answered.then((result) => {
      inFlight -= 1;
      if (wantsAnswer) Reflect.apply(acknowledge, undefined, [result]);
    });
  });

  /** Never rejects. `args` is undefined where no answer is asked for: then nothing is done either. */
  async function answer(
    name: unknown,
    args: readonly unknown[] | undefined,
    isCrowded: boolean,
  ): Promise<Acknowledgement<RequestName>> {
    try {
      meter.take();
      if (isCrowded) throw new Refused("TOO_MANY_REQUESTS", 1000);
      if (!isRequestName(name) || args?.length !== 1) throw new Refused("MALFORMED");
      if (!peer.proven && name !== "prove") throw new Refused("NOT_PROVEN");
      return { ok: true, answer: await dispatch(name, args[0], caller, handlers) };
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused("INTERNAL");
      if (refused !== error) services.log.error({ error: describeError(error) }, "a socket request failed");
      const { code, retryAfterMs } = refused;
      return { ok: false, error: { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
    }
  }
}

async function dispatch<Name extends RequestName>(
  name: Name,
  payload: unknown,
  caller: Caller,
  handlers: Handlers,
): Promise<Answer<Name>> {
  const parsed = requestSchemas[name].safeParse(payload);
  if (!parsed.success) throw new Refused("MALFORMED");
  // The map gives each name its own schema; the compiler cannot follow the index.
  return await handlers[name](caller, parsed.data as Request<Name>);
}

function isRequestName(name: unknown): name is RequestName {
  return typeof name === "string" && Object.hasOwn(requestSchemas, name);
}

function makeHandlers(io: Server, services: Services): Handlers {
  const { archives, delivery, directory, limits, transparencyLog } = services;
  /** Not entered and not existing look the same (W2). */
  const requireEntered = ({ peer }: Caller, roomId: string) => {
    if (!peer.rooms.has(roomId)) throw new Refused("NOT_FOUND");
  };
  /** Each device it is stored for counts: a Welcome goes to who did not ask for it. */
  const limitWelcome = async ({ accountId }: Peer, to: readonly string[]) => {
    const devices = new Set(to);
    await limits.take("welcome", accountId, devices.size);
    for (const deviceId of devices) await limits.take("welcomePair", `${accountId}/${deviceId}`);
  };
  return {
    async prove({ socket, peer }, { signature }) {
      await prove(peer, signature, services);
      await socket.join(channels.account(peer.accountId));
      return {};
    },
    async "room:create"({ peer }, request) {
      await limits.take("createRoom", peer.accountId);
      if (request.kind === "open") return { room: await delivery.rooms.create(request.id, request.name) };
      const room = await delivery.rooms.createPrivate(request.id, peer.deviceId);
      peer.rooms.add(room.id);
      return { room };
    },
    async "room:enter"({ socket, peer }, { roomId, ticket }) {
      const room = await delivery.roster.enter(roomId, peer, ticket);
      peer.rooms.add(roomId);
      // Subscribed before the head is read: every later event comes live (DS-05).
      await socket.join(channels.room(roomId));
      return { room, head: await delivery.head(roomId) };
    },
    async "room:tickets"(caller, { roomId, tickets }) {
      requireEntered(caller, roomId);
      await limits.take("commit", caller.peer.accountId);
      await delivery.roster.setTickets(roomId, tickets);
      return {};
    },
    async "room:leave"({ peer }, { roomId, goodbye, seq }) {
      await delivery.roster.leave(roomId, peer.deviceId, goodbye, seq);
      // The device leaves, with all of its sockets.
      for (const { data } of await io.in(channels.device(peer.deviceId)).fetchSockets()) {
        const other = peerOf(data);
        other?.rooms.delete(roomId);
        other?.attested?.delete(roomId);
      }
      io.in(channels.device(peer.deviceId)).socketsLeave(channels.room(roomId));
      return {};
    },
    async "room:group-info"(caller, request) {
      requireEntered(caller, request.roomId);
      return await delivery.groupInfo(request);
    },
    async "room:attest"(caller, request) {
      requireEntered(caller, request.roomId);
      const answer = await delivery.attest(caller.peer.accountId, request);
      (caller.peer.attested ??= new Set()).add(request.roomId);
      return answer;
    },
    async "room:knock"({ socket, peer }, { roomId, knock }) {
      requireEntered({ socket, peer }, roomId);
      await limits.take("commit", peer.accountId);
      return { doors: passKnock(io, peer, roomId, knock) };
    },
    async "event:submit"(caller, request) {
      requireEntered(caller, request.roomId);
      const { kind } = inspectEvent(request.roomId, request.payload);
      await limits.take(kind === "application" ? "submit" : "commit", caller.peer.accountId);
      const { roomId, welcome } = request;
      const roomKind = welcome && (await delivery.rooms.kindOf(roomId));
      if (welcome !== undefined && roomKind === "private") await limitWelcome(caller.peer, welcome.to);
      const stored = await delivery.submit(request);
      // In a private room it waits for them, and the delivery tells who is there.
      if (welcome !== undefined && roomKind === "open") passWelcome(io, roomId, stored.seq, welcome);
      return stored;
    },
    async "events:fetch"(caller, request) {
      requireEntered(caller, request.roomId);
      return await delivery.fetch(request);
    },
    async "accounts:certificates"({ peer }, { accountIds }) {
      await limits.take("certificates", peer.accountId, accountIds.length);
      return { certificates: await directory.certificates(accountIds) };
    },
    async "archive:state"({ peer }) {
      return await archives.state(peer.accountId);
    },
    async "archive:fetch"({ peer }, { generation, number }) {
      await limits.take("archive", peer.accountId);
      return await archives.fetch(peer.accountId, generation, number);
    },
    async "archive:put"({ peer }, chunk) {
      await limits.take("archive", peer.accountId);
      await archives.put(peer.accountId, chunk);
      return {};
    },
    async "archive:clear"({ peer }, { generation }) {
      await limits.take("archive", peer.accountId);
      await archives.clear(peer.accountId, generation);
      return {};
    },
    async "devices:revocations"({ peer }, { deviceIds }) {
      await limits.take("revocations", peer.accountId, deviceIds.length);
      return { revocations: await directory.revocations(deviceIds) };
    },
    async "log:head"() {
      return { note: (await transparencyLog.head()).note, verifier: transparencyLog.verifierLine };
    },
    async "log:consistency"(_caller, { from, to }) {
      return { proof: concatBytes(...(await transparencyLog.consistency(from, to))) };
    },
    async "log:entries"({ peer }, { from }) {
      await limits.take("logEntries", peer.accountId);
      return { entries: await transparencyLog.entries(from, logPageEntries) };
    },
    async "log:proofs"({ peer }, { digests }) {
      await limits.take("certificates", peer.accountId, digests.length);
      return await transparencyLog.proofs(digests);
    },
    async "inbox:fetch"({ peer }, request) {
      return await delivery.inbox.page(peer.deviceId, request);
    },
    async "inbox:take"({ peer }, { id }) {
      await delivery.inbox.take(peer.deviceId, id);
      return {};
    },
  };
}
