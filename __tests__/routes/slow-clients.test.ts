/** W10 Connections that say nothing, or say it slowly, are closed in time, and nobody else waits for them. */

import { connect, type Socket } from "node:net";

import { call } from "../support/accounts";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(60_000);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

function opened(text: string): { socket: Socket; closed: Promise<void> } {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.resume();
  if (text !== "") socket.write(text);
  return {
    socket,
    closed: new Promise((resolve) =>
      socket.once("close", () => {
        resolve();
      }),
    ),
  };
}

test("W10 two hundred idle and slow connections are cut within twenty-five seconds; honest requests stay quick", async () => {
  const startedAt = Date.now();
  const attackers = Array.from({ length: 200 }, (_, index) =>
    opened(index % 2 === 0 ? "" : "GET / HTTP/1.1\r\nx-slow: "),
  );
  const drip = setInterval(() => {
    for (const { socket } of attackers) if (socket.writable) socket.write("a");
  }, 1000);
  const waits: number[] = [];
  const honest = setInterval(() => {
    const at = Date.now();
    void call(server.url, "/rooms").then(() => waits.push(Date.now() - at));
  }, 500);
  await Promise.all(attackers.map(({ closed }) => closed));
  clearInterval(drip);
  clearInterval(honest);
  expect(Date.now() - startedAt).toBeLessThan(25_000);
  expect(Math.max(...waits)).toBeLessThan(1000);
});
