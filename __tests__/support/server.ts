/**
 * The server on a loopback port: real services, real SQLite in a folder of its own, real Socket.IO, and the real route
 * modules. Only Next is left out: a front maps paths to the files of app/api as Next would.
 */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import os from "node:os";
import path from "node:path";

import { setServices } from "@/lib/server/context";
import { parseEnv } from "@/lib/server/env";
import { createFront } from "@/lib/server/http/front";
import type { Log } from "@/lib/server/ops/log";
import { createServices, type Services } from "@/lib/server/services";
import { attachSockets, type Sockets } from "@/lib/server/socket/attach";
import { errorSentence } from "@/lib/text/errors";

const apiRoot = path.resolve("app/api");

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
export interface Route {
  /** Such as `/api/v1/users/[name]`. */
  readonly pattern: string;
  readonly segments: readonly string[];
  readonly handlers: Readonly<Record<string, Handler>>;
}

/** Every route module below app/api, most specific first. */
export function findRoutes(): Route[] {
  const files = (readdirSync(apiRoot, { recursive: true }) as string[]).filter(
    (file) => path.basename(file) === "route.ts",
  );
  const routes = files.map((file) => {
    const pattern = path.posix.join("/api", path.dirname(file));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- modules found by name, as Next finds them
    const handlers = require(path.join(apiRoot, file)) as Record<string, Handler>;
    return { pattern, segments: pattern.split("/").slice(1), handlers };
  });
  const rank = (route: Route) => route.segments.map((segment) => (segment.startsWith("[") ? "1" : "0")).join("");
  return routes.sort((a, b) => rank(a).localeCompare(rank(b)));
}

function matchRoute(routes: readonly Route[], pathname: string) {
  const parts = pathname.split("/").slice(1).map(decodeURIComponent);
  for (const route of routes) {
    const params: Record<string, string> = {};
    const catchesAll = route.segments.at(-1)?.startsWith("[...") === true;
    const fits =
      (catchesAll || route.segments.length === parts.length) &&
      route.segments.every((segment, index) => {
        if (segment.startsWith("[...")) return true;
        if (!segment.startsWith("[")) return segment === parts[index];
        params[segment.slice(1, -1)] = parts[index] ?? "";
        return parts[index] !== undefined;
      });
    if (fits) return { route, params };
  }
  return undefined;
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  const matched = matchRoute(routes, url.pathname);
  const method = request.method ?? "GET";
  const handler = matched?.route.handlers[method];
  if (matched === undefined || handler === undefined) {
    response.writeHead(404).end();
    return;
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  const init = { method, headers, ...(hasBody ? { body: request as unknown as ReadableStream, duplex: "half" } : {}) };
  const result = await handler(new Request(url, init), { params: Promise.resolve(matched.params) });
  const cookies = result.headers.getSetCookie();
  response.writeHead(result.status, {
    ...Object.fromEntries([...result.headers].filter(([name]) => name !== "set-cookie")),
    ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
  });
  response.end(Buffer.from(await result.arrayBuffer()));
}

export interface TestServer {
  readonly url: string;
  readonly services: Services;
  readonly dataDir: string;
  close(): Promise<void>;
  /** Stops, runs `whileDown`, and starts again on the same port and data. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
}

/** `log` listens in place of the server's own. */
export async function startTestServer(variables: Record<string, string> = {}, log?: Log): Promise<TestServer> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "sealroom-test-"));
  const routes = findRoutes();
  let port = 0;
  let running: { server: Server; services: Services; sockets: Sockets };

  async function start() {
    const env = parseEnv({
      DATA_DIR: dataDir,
      HOST: "127.0.0.1",
      LOG_LEVEL: "silent",
      RATE_LIMIT_FACTOR: "1000",
      NODE_ENV: "test",
      ...variables,
    });
    const made = await createServices(env);
    const services = log === undefined ? made : { ...made, log };
    setServices(services);
    const server = createFront(
      services,
      (request, response) => {
        // Several servers in one process: handlers take the services that are there when they begin.
        setServices(services);
        return answer(routes, request, response);
      },
      errorSentence,
    );
    const sockets = attachSockets(server, services);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address === "object" && address !== null) port = address.port;
    return { server, services, sockets };
  }
  async function stop() {
    const { server, services, sockets } = running;
    await sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await services.close();
    setServices(undefined);
  }

  running = await start();
  return {
    get url() {
      return `http://127.0.0.1:${String(port)}`;
    },
    get services() {
      return running.services;
    },
    dataDir,
    async close() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    async restart(whileDown) {
      await stop();
      await whileDown?.();
      running = await start();
    },
  };
}
