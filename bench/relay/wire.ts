/**
 * A WebSocket client (RFC 6455) that does next to nothing, so that the load program is never what is measured: one
 * read buffer for all connections, frames looked at where they lie, no events and no promises once it runs.
 */

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

export const opcodes = { text: 1, binary: 2 } as const;
/** Valid until the callback returns. */
type OnFrame = (opcode: number, frame: Buffer) => void;

const readBuffer = Buffer.allocUnsafe(1 << 20);
const maskBytes = 4;

export class Wire {
  /** Once set, gets every frame that `next` does not. */
  onFrame: OnFrame | undefined;
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #isOpen = false;
  readonly #queue: { opcode: number; frame: Buffer }[] = [];
  #waiting: (() => void) | undefined;
  #error: Error | undefined;

  constructor(port: number, path: string, headers: Readonly<Record<string, string>>) {
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.#read(readBuffer.subarray(0, length));
          return true;
        },
      },
    });
    this.#socket.on("error", (error) => (this.#error = error));
    this.#socket.on("close", () => {
      this.#error ??= new Error("the server closed the connection");
      this.#waiting?.();
    });
    const all = {
      host: `127.0.0.1:${port}`,
      origin: `http://127.0.0.1:${port}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  }

  /** The next frame while joining. */
  async next(): Promise<{ opcode: number; frame: Buffer }> {
    for (;;) {
      const first = this.#queue.shift();
      if (first !== undefined) return first;
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    if (!this.#isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0 && !bytes.toString("latin1", 0, 12).endsWith("101")) {
        this.#error = new Error(bytes.toString("latin1", 0, end));
        this.#socket.destroy();
        return;
      }
      this.#isOpen = end >= 0;
      bytes = end < 0 ? bytes : bytes.subarray(end + 4);
    }
    let at = this.#isOpen ? 0 : bytes.length;
    const { length } = bytes;
    while (at + 2 <= length) {
      let size = (bytes[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (size === 126) {
        if (at + 4 > length) break;
        size = bytes.readUInt16BE(at + 2);
        start = at + 4;
      } else if (size === 127) {
        if (at + 10 > length) break;
        size = Number(bytes.readBigUInt64BE(at + 2));
        start = at + 10;
      }
      if (start + size > length) break;
      this.#deliver((bytes[at] ?? 0) & 0x0f, bytes.subarray(start, start + size));
      at = start + size;
    }
    if (!this.#isOpen) this.#rest = Buffer.from(bytes);
    else if (at < length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  #deliver(opcode: number, frame: Buffer): void {
    if (this.onFrame !== undefined) {
      this.onFrame(opcode, frame);
      return;
    }
    this.#queue.push({ opcode, frame: Buffer.from(frame) });
    this.#waiting?.();
  }
}

/** A frame as clients send it: whole and masked. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : 4;
  if (length > 0xffff) throw new RangeError("longer than this client sends");
  const frame = Buffer.allocUnsafe(head + maskBytes + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (length < 126 ? length : 126);
  if (head === 4) frame.writeUInt16BE(length, 2);
  // Any key is a legal one; zero would spare the server its work.
  const key = 0x5a;
  frame.fill(key, head, head + maskBytes);
  for (let index = 0; index < length; index++) frame[head + maskBytes + index] = (payload[index] ?? 0) ^ key;
  return frame;
}
