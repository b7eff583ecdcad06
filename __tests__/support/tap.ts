/**
 * A tap in the wire between browser and server: a TCP relay that keeps every byte the browser sent, from pages and
 * workers alike, and that can be cut like a cable. WebSocket frames from browsers are masked (RFC 6455 section 5.3), so
 * they are unmasked before anybody searches them.
 */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

import type { NamedBytes } from "./canary";

export class Tap {
  readonly #target: number;
  readonly #sent: Buffer[][] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(targetPort: number) {
    this.#target = targetPort;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or mends a cut cable at the same address. */
  async connect(): Promise<void> {
    this.#server = createServer((browser) => {
      this.#relay(browser);
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection and takes no new one. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Everything the browser sent, one piece per connection: requests as they were, frames unmasked. */
  sent(): NamedBytes[] {
    return this.#sent.map((chunks, index) => {
      const bytes = Buffer.concat(chunks);
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0 || !/^upgrade: websocket\r$/im.test(bytes.subarray(0, end + 1).toString("latin1"))) {
        return { name: `connection ${index}`, bytes };
      }
      const frames = unmaskedFrames(bytes.subarray(end + 4));
      return { name: `websocket ${index}`, bytes: Buffer.concat([bytes.subarray(0, end), ...frames]) };
    });
  }

  #relay(browser: Socket): void {
    const chunks: Buffer[] = [];
    this.#sent.push(chunks);
    const server = connect(this.#target, "127.0.0.1");
    browser.on("data", (chunk: Buffer) => chunks.push(chunk));
    browser.pipe(server);
    server.pipe(browser);
    for (const [one, other] of [
      [browser, server],
      [server, browser],
    ] as const) {
      this.#sockets.add(one);
      // A reset is how browsers hang up, and how we do.
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

/** Payloads of client frames (RFC 6455 section 5.2); what is not whole at the end is left out. */
function unmaskedFrames(stream: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  let at = 0;
  while (at + 2 <= stream.length) {
    const short = stream.readUInt8(at + 1) & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = at + 2 + lengthBytes;
    if (maskAt + 4 > stream.length) break;
    // Of eight bytes the first two are zero in anything that fits into memory.
    const readBytes = Math.min(lengthBytes, 6);
    const length = readBytes === 0 ? short : stream.readUIntBE(maskAt - readBytes, readBytes);
    const mask = stream.subarray(maskAt, maskAt + 4);
    const masked = stream.subarray(maskAt + 4, maskAt + 4 + length);
    payloads.push(Buffer.from(masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))));
    at = maskAt + 4 + length;
  }
  return payloads;
}
