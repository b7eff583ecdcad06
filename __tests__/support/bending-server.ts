/**
 * What stands between a browser and the server when the operator is the attacker, or installs another build: an HTTP
 * relay that changes what it likes. Sockets are not its business.
 */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sent {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Changes an answer in place; `path` is without query. */
export type Bend = (path: string, sent: Sent) => void;

export class BendingServer {
  readonly #target: number;
  readonly #server: Server;
  bend: Bend = () => undefined;

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((incoming, outgoing) => {
      // Whole and uncompressed, so that it can be changed.
      const { "if-none-match": _, ...conditionless } = incoming.headers;
      const headers = { ...conditionless, "accept-encoding": "identity" };
      const { url = "/", method } = incoming;
      const asked = request({ port: this.#target, host: "127.0.0.1", path: url, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const sent: Sent = {
            status: answer.statusCode ?? 500,
            headers: { ...answer.headers },
            body: Buffer.concat(chunks),
          };
          this.bend(url.replace(/[?#].*/, ""), sent);
          const { "transfer-encoding": __, etag: ___, ...rest } = sent.headers;
          outgoing.writeHead(sent.status, { ...rest, "content-length": sent.body.length }).end(sent.body);
        });
      });
      asked.on("error", () => outgoing.destroy());
      incoming.pipe(asked);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
