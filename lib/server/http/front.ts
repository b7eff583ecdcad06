/**
 * What stands before Next: refuses what no client of ours sends, tells handlers the address, sets the security
 * headers, logs one line per request. Upgrades are lib/server/socket's (SPEC HTTP, SOCK).
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { errorStatus, type ErrorCode } from "../../protocol/errors";
import { socketPath } from "../../protocol/schemas/socket";
import { describeError } from "../ops/describe-error";
import type { Services } from "../services";
import { stampAddress } from "./address";
import { isOwnOrigin } from "./origin";
import { setSecurityHeaders } from "./security-headers";

/** Answers pages, files and API. */
type Site = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const secondMs = 1000;
/** Slow clients are cut (W10). Bodies are below a megabyte, so a minute is a modem's pace. */
const timeouts = {
  headersTimeout: 15 * secondMs,
  requestTimeout: 60 * secondMs,
  keepAliveTimeout: 10 * secondMs,
  /** How often the two above are looked at. */
  connectionsCheckingInterval: 5 * secondMs,
};

/** Those that route handlers can name; Next knows no others. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** `errorText` gives the sentence for a code. */
export function createFront(services: Services, site: Site, errorText: (code: ErrorCode) => string): Server {
  const { env, log } = services;

  function refuse(response: ServerResponse, code: ErrorCode): void {
    response.statusCode = errorStatus[code];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ error: { code, message: errorText(code) } }));
  }

  return createServer(timeouts, (request, response) => {
    const startedAt = performance.now();
    const pathname = pathOf(request.url);
    response.once("close", () => {
      const { statusCode } = response;
      const ms = Math.round(performance.now() - startedAt);
      log.info({ method: request.method, path: loggedPath(pathname), status: statusCode, ms }, "request");
    });
    stampAddress(request, env);
    setSecurityHeaders(response, pathname ?? "/api/", env);
    if (pathname === undefined) {
      refuse(response, "MALFORMED");
      return;
    }
    if (!methods.has(request.method ?? "")) {
      refuse(response, "METHOD_NOT_ALLOWED");
      return;
    }
    if (pathname === socketPath || pathname.startsWith(`${socketPath}/`)) {
      // Sockets come by upgrade only; long polling does not exist here.
      refuse(response, isOwnOrigin(request.headers, env) ? "MALFORMED" : "FOREIGN_ORIGIN");
      return;
    }
    site(request, response).catch((error: unknown) => {
      log.error({ path: loggedPath(pathname), error: describeError(error) }, "a page failed");
      if (response.headersSent) response.destroy();
      else refuse(response, "INTERNAL");
    });
  });
}

/** The path only: queries may hold what people type. Accounts are public names; who opens which room is nobody's business. */
function loggedPath(pathname: string | undefined): string | undefined {
  return pathname?.replace(/\/rooms\/[^/]+/, "/rooms/-");
}

/**
 * The path of a request in origin form. `undefined` for an absolute address, a second leading slash or a backslash:
 * software behind us might take those for another host (W13, W18).
 */
export function pathOf(url: string | undefined): string | undefined {
  const path = url?.split(/[?#]/, 1)[0];
  return path === undefined || !path.startsWith("/") || path.startsWith("//") || path.includes("\\") ? undefined : path;
}
