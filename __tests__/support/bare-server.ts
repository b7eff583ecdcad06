/** Servers of an operator who keeps to nothing: they send what the test has them send, whatever was asked. */

import { createServer, type RequestListener } from "node:http";

import { Server, type Socket } from "socket.io";

import { socketNonceBytes, socketPath } from "@/lib/protocol/schemas/socket";
import { socketParser } from "@/lib/protocol/socket-parser";

export interface BareServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An HTTP server on loopback that answers as it is told. */
export async function bareHttp(answer: RequestListener): Promise<BareServer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: urlOf(server.address()),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export class BareSockets {
  readonly #http = createServer();
  readonly #io = new Server(this.#http, { path: socketPath, parser: socketParser, serveClient: false });
  /** Arguments of the next acknowledgements, and of those after `prove`. */
  answers: readonly unknown[] = [];
  proof: readonly unknown[] = [{ ok: true, answer: {} }];
  #socket: Socket | undefined;

  constructor() {
    this.#io.on("connection", (socket) => {
      this.#socket = socket;
      socket.onAny((name: string, _payload: unknown, acknowledge: (...args: readonly unknown[]) => void) => {
        acknowledge(...(name === "prove" ? this.proof : this.answers));
      });
      socket.emit("challenge", { nonce: new Uint8Array(socketNonceBytes) });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return urlOf(this.#http.address());
  }

  /** Of the newest connection. */
  get socket(): Socket {
    if (this.#socket === undefined) throw new Error("nobody is connected");
    return this.#socket;
  }

  push(name: string, ...args: readonly unknown[]): void {
    this.socket.emit(name, ...args);
  }

  /** A frame past Socket.IO: whatever bytes or text. */
  frame(bytes: Uint8Array | string): void {
    this.socket.conn.write(typeof bytes === "string" ? bytes : Buffer.from(bytes));
  }

  async close(): Promise<void> {
    await this.#io.close();
  }
}

function urlOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): string {
  if (typeof address !== "object" || address === null) throw new Error("not listening");
  return `http://127.0.0.1:${String(address.port)}`;
}
