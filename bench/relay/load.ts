/**
 * The load program: the same for every peer, in a process of its own. Members join once; then it measures, as often as
 * it is asked, how fast the server can be driven (each member has one message under way) or how late messages
 * come when they are sent at a fixed rate.
 */

import { randomBytes } from "node:crypto";

import { concatBytes, fromHex } from "../../lib/protocol/bytes";
import { tlsOpaque, tlsUint } from "../../lib/protocol/mls/tls";
import { answerParent } from "../child";
import { framings } from "./framing";
import { ciphertextBytes, member, roomId, type PeerName } from "./plan";
import type { Saturated } from "./run";
import { opcodes, Wire } from "./wire";

/** Found again inside whatever a peer wraps around the payload; the time it was sent follows. */
const marker = Buffer.from("7365616c726f6f6d2062656e6368", "hex");
/** Acknowledgements, pings and the first half of Socket.IO's events are shorter, events are longer. */
const eventMinBytes = ciphertextBytes;
const joinsAtOnce = 25;
const warmUpMs = 400;
/** Everything under way arrives in that time, or the run is worth nothing. */
const drainMs = 10_000;

interface Connection {
  readonly wire: Wire;
  readonly room: string;
  onAcknowledged: () => void;
}

const [name] = process.argv.slice(2) as [PeerName];
const framing = framings[name];
const groups = new Map<string, Connection[]>();
let delivered = 0;
let acknowledged = 0;
let submitted = 0;
let latencies: number[] | undefined;

answerParent({
  async join({ port, group, rooms, first }: { port: number; group: string; rooms: readonly number[]; first: number }) {
    const connections = groups.get(group) ?? [];
    groups.set(group, connections);
    for (let from = 0; from < rooms.length; from += joinsAtOnce) {
      const some = rooms.slice(from, from + joinsAtOnce).map((room, index) => join(port, first + from + index, room));
      connections.push(...(await Promise.all(some)));
    }
  },
  saturate: ({ group, ms }: { group: string; ms: number }) => saturate(groups.get(group) ?? [], ms),
  pace: ({ group, ms, messagesPerSecond }: { group: string; ms: number; messagesPerSecond: number }) =>
    pace(groups.get(group) ?? [], ms, messagesPerSecond),
});

async function join(port: number, index: number, room: number): Promise<Connection> {
  const who = member(index);
  const wire = new Wire(port, framing.path, framing.headers(who));
  await framing.join(wire, `http://127.0.0.1:${port}`, who, roomId(room));
  const connection: Connection = { wire, room: roomId(room), onAcknowledged: () => undefined };
  const pong = clientPong();
  wire.onFrame = (opcode, frame) => {
    if (frame.length >= eventMinBytes) {
      delivered += 1;
      if (latencies !== undefined) note(latencies, frame);
    } else if (framing.isAcknowledgement(frame)) {
      acknowledged += 1;
      connection.onAcknowledged();
    } else if (opcode === opcodes.text && frame.length === 1 && frame[0] === 0x32) wire.send(pong);
  };
  return connection;
}

function note(into: number[], frame: Buffer): void {
  const at = frame.indexOf(marker);
  if (at >= 0) into.push(performance.now() - frame.readDoubleBE(at + marker.length));
}

function submit({ wire, room }: Connection): void {
  submitted += 1;
  wire.send(framing.submit(room, randomBytes(16).toString("hex"), payloadFor(room)));
}

/** struct PrivateMessage (RFC 9420 section 6.3), its ciphertext beginning with marker and time. */
function payloadFor(room: string): Uint8Array {
  const ciphertext = randomBytes(ciphertextBytes);
  marker.copy(ciphertext);
  ciphertext.writeDoubleBE(performance.now(), marker.length);
  return concatBytes(
    tlsUint(1, 2),
    tlsUint(2, 2),
    tlsOpaque(fromHex(room) ?? new Uint8Array()),
    tlsUint(0, 8),
    tlsUint(1, 1),
    tlsOpaque(new Uint8Array()),
    tlsOpaque(randomBytes(28)),
    tlsOpaque(ciphertext),
  );
}

/** Answers deliveries per second, counted while the server is busy all the time. */
async function saturate(connections: readonly Connection[], ms: number): Promise<Saturated> {
  let isRunning = true;
  const beforeAll = delivered;
  for (const connection of connections) {
    connection.onAcknowledged = () => {
      if (isRunning) submit(connection);
    };
    submit(connection);
  }
  await pause(warmUpMs);
  const [startedAt, before] = [performance.now(), delivered];
  await pause(ms);
  const counted = { delivered: delivered - before, ms: performance.now() - startedAt };
  isRunning = false;
  await drained();
  for (const connection of connections) connection.onAcknowledged = () => undefined;
  return { ...counted, deliveredInAll: delivered - beforeAll };
}

/** Answers the time from sending to arrival, in ms, of every delivery. */
async function pace(connections: readonly Connection[], ms: number, messagesPerSecond: number): Promise<Float64Array> {
  const noted: number[] = [];
  latencies = noted;
  const startedAt = performance.now();
  const count = Math.round((ms * messagesPerSecond) / 1000);
  // Senders take turns, in steps that visit every room.
  for (let sent = 0; sent < count; sent++) {
    await pause(startedAt + (sent * 1000) / messagesPerSecond - performance.now());
    const connection = connections[(sent * 7) % connections.length];
    if (connection !== undefined) submit(connection);
  }
  await drained();
  latencies = undefined;
  return Float64Array.from(noted);
}

async function drained(): Promise<void> {
  const until = performance.now() + drainMs;
  while (acknowledged < submitted) {
    if (performance.now() > until) throw new Error(`${submitted - acknowledged} messages were not acknowledged`);
    await pause(20);
  }
  // The last broadcast may be behind its acknowledgement.
  await pause(50);
}

function clientPong(): Buffer {
  return Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x33]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
