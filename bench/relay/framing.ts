/** How each peer is spoken to. Joining may be slow; submitting and telling frames apart must cost the load program little. */

import { concatBytes, fromHex, utf8 } from "../../lib/protocol/bytes";
import { decodeMsgpack, encodeMsgpack, type MsgpackValue } from "../../lib/protocol/msgpack";
import { socketPath, socketProofLabel } from "../../lib/protocol/schemas/socket";
import { signWith, wsFrames, type Member, type PeerName } from "./plan";
import { clientFrame, opcodes, type Wire } from "./wire";

export interface Framing {
  readonly path: string;
  headers(member: Member): Record<string, string>;
  /** Connects and enters the room; live events come afterwards. */
  join(wire: Wire, origin: string, member: Member, roomId: string): Promise<void>;
  submit(roomId: string, id: string, payload: Uint8Array): Buffer;
  /** Of a short frame: events are recognised by their length. */
  isAcknowledgement(frame: Buffer): boolean;
}

const enginePath = `${socketPath}/?EIO=4&transport=websocket`;
const [connectType, eventType, acknowledgeType] = [0, 2, 3];
const binary = (payload: Uint8Array) => clientFrame(opcodes.binary, payload);
const text = (payload: string) => clientFrame(opcodes.text, utf8(payload));

type Fields = Record<string, MsgpackValue>;

async function nextPacket(wire: Wire): Promise<Fields> {
  for (;;) {
    const { opcode, frame } = await wire.next();
    if (opcode === opcodes.binary) return decodeMsgpack(frame) as Fields;
  }
}

/** Asks once and waits for the acknowledgement; it must say `ok`. */
async function ask(wire: Wire, name: string, payload: unknown): Promise<void> {
  wire.send(binary(encodeMsgpack({ type: eventType, nsp: "/", data: [name, payload], id: 0 })));
  for (;;) {
    const { type, data } = await nextPacket(wire);
    if (type !== acknowledgeType) continue;
    const [answer] = data as [{ ok: boolean }];
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    return;
  }
}

const msgpack: Omit<Framing, "headers" | "join"> = {
  path: enginePath,
  submit: (roomId, id, payload) =>
    binary(encodeMsgpack({ type: eventType, nsp: "/", data: ["event:submit", { roomId, id, payload }], id: 0 })),
  // {"type": 3, ...
  isAcknowledgement: (frame) => frame[6] === acknowledgeType,
};

const sealroom: Framing = {
  ...msgpack,
  headers: ({ username, token }) => ({ cookie: `sealroom-${username}=${token}` }),
  async join(wire, origin, { username, deviceId, accountId, key }, roomId) {
    await wire.next();
    wire.send(binary(encodeMsgpack({ type: connectType, nsp: "/", data: { username, deviceId } })));
    const nonce = await challengeOn(wire);
    const pieces = [
      utf8(socketProofLabel),
      nonce,
      utf8(origin),
      utf8(accountId),
      fromHex(deviceId) ?? new Uint8Array(),
    ];
    const framed = pieces.flatMap((piece) => [uint32(piece.length), piece]);
    await ask(wire, "prove", { signature: signWith(key, concatBytes(...framed)) });
    await ask(wire, "room:enter", { roomId });
  },
};

async function challengeOn(wire: Wire): Promise<Uint8Array> {
  for (;;) {
    const { type, data } = await nextPacket(wire);
    if (type === 4) throw new Error(JSON.stringify(data));
    if (type === eventType) return (data as [string, { nonce: Uint8Array }])[1].nonce;
  }
}

const msgpackParser: Framing = {
  ...msgpack,
  // {"id": 0, "type": 3, ...
  isAcknowledgement: (frame) => frame[10] === acknowledgeType,
  headers: () => ({}),
  async join(wire, _origin, _member, roomId) {
    await wire.next();
    wire.send(binary(encodeMsgpack({ type: connectType, nsp: "/" })));
    await nextPacket(wire);
    await ask(wire, "room:enter", { roomId });
  },
};

const socketIo: Framing = {
  path: enginePath,
  headers: () => ({}),
  async join(wire, _origin, _member, roomId) {
    await wire.next();
    wire.send(text("40"));
    await wire.next();
    wire.send(text(`420${JSON.stringify(["room:enter", { roomId }])}`));
    const { frame } = await wire.next();
    if (!frame.toString().startsWith("430")) throw new Error(`not an acknowledgement: ${frame.toString()}`);
  },
  submit(roomId, id, payload) {
    const placeholder = { _placeholder: true, num: 0 };
    return Buffer.concat([
      text(`451-0${JSON.stringify(["event:submit", { roomId, id, payload: placeholder }])}`),
      binary(payload),
    ]);
  },
  // Engine.IO message (4), Socket.IO acknowledgement (3), as text.
  isAcknowledgement: (frame) => frame[0] === 0x34 && frame[1] === 0x33,
};

const ws: Framing = {
  path: "/",
  headers: () => ({}),
  async join(wire, _origin, _member, roomId) {
    wire.send(binary(concatBytes(new Uint8Array([wsFrames.enter]), utf8(roomId))));
    await wire.next();
  },
  submit: (roomId, _id, payload) => binary(concatBytes(new Uint8Array([wsFrames.submit]), utf8(roomId), payload)),
  isAcknowledgement: (frame) => frame[0] === wsFrames.acknowledged,
};

export const framings: Readonly<Record<PeerName, Framing>> = {
  sealroom,
  "socket.io": socketIo,
  "socket.io + msgpack-parser": msgpackParser,
  ws,
};

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
