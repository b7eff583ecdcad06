/**
 * Socket.IO packets as MessagePack, for the `parser` option of server and client (SPEC SOCK-10). Same wire as
 * socket.io-msgpack-parser, whose codec sends a view's whole underlying buffer from Node, an index map from browsers, and
 * on reading reserves whatever length a frame claims.
 */

import { z } from "zod";

import { isBytes } from "./bytes";
import { answerFrameMaxBytes } from "./limits";
import { decodeMsgpack, encodeMsgpack } from "./msgpack";

/** Socket.IO protocol 5: CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR. */
export const packetTypes = { connect: 0, disconnect: 1, event: 2, ack: 3, connectError: 4 } as const;

/** What Socket.IO tells of itself by listeners of the same kind: whoever is at the other end must not call them. */
const reservedNames = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
const eventName = z.string().refine((name) => !reservedNames.includes(name));

const nsp = z.string().max(64);
const id = z.int().nonnegative().optional();
const packetSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal(packetTypes.connect), nsp, data: z.record(z.string(), z.unknown()).optional() }),
  z.strictObject({ type: z.literal(packetTypes.disconnect), nsp }),
  z.strictObject({ type: z.literal(packetTypes.event), nsp, data: z.tuple([eventName], z.unknown()), id }),
  z.strictObject({ type: z.literal(packetTypes.ack), nsp, data: z.array(z.unknown()), id }),
  z.strictObject({
    type: z.literal(packetTypes.connectError),
    nsp,
    // The message becomes an Error's: of another type than text it throws where nobody catches.
    data: z.object({ message: z.string() }),
  }),
]);

type Listener = (packet: unknown) => void;

class Encoder {
  encode(packet: {
    readonly type: number;
    readonly nsp: string;
    readonly data?: unknown;
    readonly id?: number;
  }): Uint8Array[] {
    const { type, nsp: namespace, data, id: packetId } = packet;
    return [encodeMsgpack({ type, nsp: namespace, data, id: packetId })];
  }
}

/** As much of an event emitter as Socket.IO uses of its decoder. */
class Decoder {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Throws for what is not a packet; Socket.IO then closes the connection. */
  add(frame: unknown): void {
    const bytes = isArrayBuffer(frame) ? new Uint8Array(frame) : frame;
    const isFrame = isBytes(bytes) && bytes.length <= answerFrameMaxBytes;
    const packet = packetSchema.safeParse(isFrame ? decodeMsgpack(bytes) : undefined);
    if (!packet.success) throw new TypeError("not a packet");
    for (const listener of this.#listeners.get("decoded") ?? []) listener(packet.data);
  }

  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return this;
  }

  off(event: string, listener?: Listener): this {
    if (listener === undefined) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
    return this;
  }

  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  destroy(): void {
    this.#listeners.clear();
  }
}

/** Of any realm, as isBytes. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

export const socketParser = { Encoder, Decoder, protocol: 5 };
