/** Who may act: requests from our own pages, and programs that carry nobody's cookies. SPEC HTTP-01, HTTP-02. */

import { isIP } from "node:net";

import type { Env } from "../env";
import { hasSessionCookie } from "./cookies";

type OriginEnv = Pick<Env, "publicOrigin" | "host">;

/**
 * With PUBLIC_ORIGIN that one only. Without it the request's own host, if that is an address or this host's name: a
 * foreign name that was pointed at us (DNS rebinding) is not ours.
 */
export function isAllowedOrigin(origin: string, host: string | undefined, env: OriginEnv): boolean {
  if (env.publicOrigin !== undefined) return origin === env.publicOrigin;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  if (url.origin !== origin || url.host !== host?.toLowerCase()) return false;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0 || name === env.host.toLowerCase();
}

/** For sockets, which are not bound by CORS: a foreign page, `null` and no origin at all are refused alike (N2). */
export function isOwnOrigin(
  headers: { readonly origin?: string | undefined; readonly host?: string | undefined },
  env: OriginEnv,
): boolean {
  return headers.origin !== undefined && isAllowedOrigin(headers.origin, headers.host, env);
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** A state-changing request: from our origin, or from a program that a browser did not send. */
export function mayChangeState(method: string, headers: { get(name: string): string | null }, env: OriginEnv): boolean {
  if (safeMethods.has(method)) return true;
  const origin = headers.get("origin");
  if (origin !== null) return isAllowedOrigin(origin, headers.get("host") ?? undefined, env);
  const site = headers.get("sec-fetch-site");
  const isFromPage = site !== null && site !== "same-origin" && site !== "none";
  return !isFromPage && !hasSessionCookie(headers.get("cookie"));
}
