/**
 * Composition root: environment -> services -> Next, HTTP and Socket.IO -> graceful close. Nothing is decided here.
 */

import { createServer } from "node:http";

import next from "next";

import { setServices } from "./lib/server/context";
import { MigrationRefused } from "./lib/server/db/migrate";
import { BadEnvironment, parseEnv } from "./lib/server/env";
import { createFront } from "./lib/server/http/front";
import { createServices } from "./lib/server/services";
import { attachSockets } from "./lib/server/socket/attach";
import { errorSentence } from "./lib/text/errors";

/** How long a graceful close may take before the process ends all the same. */
const closeTimeoutMs = 5000;

/** Ends the process with one clear sentence. */
function give(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const env = parseEnv(process.env);
  const services = await createServices(env);
  setServices(services);
  const app = next({
    dev: env.isDevelopment,
    dir: process.cwd(),
    hostname: env.host,
    port: env.port,
    // Next listens for upgrades on the server it is given, and forwards those with an absolute address to wherever
    // it says (W13). This one never listens; upgrades come to us.
    httpServer: createServer(),
  });
  await app.prepare();
  const site = app.getRequestHandler();
  const reload = app.getUpgradeHandler();

  const server = createFront(services, site, errorSentence);
  const sockets = attachSockets(server, services, (request, socket, head) => {
    if (env.isDevelopment && request.url?.startsWith("/_next/") === true) void reload(request, socket, head);
    else socket.destroy();
  });
  server.once("error", (error) => give(`Sealroom cannot listen on ${env.host}:${String(env.port)}: ${error.message}`));
  server.listen(env.port, env.listenHost, () => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : env.port;
    process.stdout.write(`Sealroom is ready at ${env.publicOrigin ?? `http://${env.shownHost}:${String(port)}`}\n`);
  });

  const close = async () => {
    setTimeout(() => process.exit(0), closeTimeoutMs).unref();
    server.close();
    server.closeIdleConnections();
    await sockets.close();
    await services.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void close());
}

main().catch((error: unknown) => {
  if (error instanceof BadEnvironment || error instanceof MigrationRefused) give(error.message);
  throw error;
});
