/**
 * A process with some engines in it. Several of them make a crowd: one process would let a hundred engines wait for each
 * other so long that their sockets die, which no hundred machines would do.
 */

import { realClock, until } from "../../__tests__/support/person";
import { Engine } from "../../lib/client/engine/engine";
import type { Outcome, TransportListener } from "../../lib/client/engine/ports";
import { MemoryStore } from "../../lib/client/store/memory-store";
import { HttpApi } from "../../lib/client/transport/http";
import { SocketTransport } from "../../lib/client/transport/socket";
import type { DeviceIdentity } from "../../lib/crypto/mls/door";
import { makeKnock } from "../../lib/crypto/mls/knock";
import { epochAuthenticator, members } from "../../lib/crypto/mls/roster";
import { randomBytes } from "../../lib/crypto/random";
import { fromHex, toHex } from "../../lib/protocol/bytes";
import type { RoomId } from "../../lib/protocol/ids";
import { commitMaxProposals } from "../../lib/protocol/limits";
import type { Answer, Request, RequestName } from "../../lib/protocol/schemas/socket";
import { answerParent } from "../child";
import type { Guest } from "./house";

const patienceMs = 150_000;

export interface Opening {
  readonly origin: string;
  readonly roomId: RoomId;
  readonly guests: readonly Guest[];
  /** As with a server that asks no member: everybody comes in by external commit. */
  readonly isUnheard: boolean;
}

/** Where one engine stands; without a mark it is not in, or nobody has confirmed it. */
export interface Stand {
  readonly mark: string | undefined;
  readonly epoch: number;
  readonly leaves: number;
}

let roomId: RoomId;
let engines: Engine[] = [];
const listeners: TransportListener[] = [];

class FlatTransport extends SocketTransport {
  isUnheard = false;

  override async request<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> {
    if (this.isUnheard && name === "room:knock") return { ok: false, error: { code: "OFFLINE" } };
    return await super.request(name, payload);
  }

  override listen(listener: TransportListener): () => void {
    listeners.push(listener);
    return super.listen(listener);
  }
}

async function open({ origin, guests, isUnheard, ...room }: Opening): Promise<void> {
  roomId = room.roomId;
  engines = await Promise.all(
    guests.map(({ identity, cookie }) => {
      const headers = { cookie, origin };
      const http = new HttpApi({ origin, fetch: (url, init) => fetch(url, { ...init, headers: { ...headers } }) });
      const transport = new FlatTransport({ origin, identity, http, extraHeaders: headers });
      transport.isUnheard = isUnheard;
      return Engine.start({
        identity: { ...identity, serverPublicKey: "", vaultVersion: 1 },
        store: new MemoryStore(),
        transport,
        clock: realClock,
        random: { bytes: randomBytes },
        emit: () => undefined,
      });
    }),
  );
  await until(() => engines.every(({ connection }) => connection === "online"), "all are online", patienceMs);
}

async function join(): Promise<void> {
  const results = await Promise.all(engines.map((engine) => engine.join(roomId)));
  for (const result of results) if (!result.ok) throw new Error(`a join was refused: ${result.error.code}`);
}

function stands(): Stand[] {
  return engines.map((engine) => {
    const data = engine.inspect(roomId);
    if (data?.meta.membership !== "joined" || data.group === undefined)
      return { mark: undefined, epoch: -1, leaves: 0 };
    const { group, meta } = data;
    const mark = meta.confirmed ? toHex(epochAuthenticator(group)) : undefined;
    return { mark, epoch: Number(group.epoch), leaves: members(group).length };
  });
}

/** The founder lets in devices that sleep, as if they had knocked. */
async function letIn(asleep: readonly DeviceIdentity[]): Promise<void> {
  const [listener] = listeners;
  const waiting = [...asleep];
  const own = () => stands()[0] ?? { mark: undefined, epoch: -1, leaves: 0 };
  await until(() => own().epoch === 0, "the room is founded", patienceMs);
  while (waiting.length > 0) {
    const guests = waiting.splice(0, commitMaxProposals);
    const epoch = BigInt(own().epoch);
    for (const guest of guests) {
      const { message } = await makeKnock(fromHex(roomId) ?? new Uint8Array(), epoch, guest, new Date());
      listener?.knock({ roomId, knock: message, turn: 0 });
    }
    const expected = 1 + asleep.length - waiting.length;
    await until(() => own().leaves === expected, `${String(expected)} are in`, patienceMs);
  }
}

answerParent({
  open,
  join,
  stands,
  letIn,
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
});
