/** One session cookie per account, so that several people, or tabs, share a browser. SPEC HTTP. */

import { sessionIdleMs } from "../../protocol/limits";
import type { Env } from "../env";

const prefix = "sealroom-";
/** Bound to host and TLS by the browser; needs HTTPS. */
const securePrefix = "__Host-sealroom-";

function isSecure(env: Pick<Env, "publicOrigin">): boolean {
  return env.publicOrigin?.startsWith("https:") === true;
}

export function cookieName(username: string, env: Pick<Env, "publicOrigin">): string {
  return `${isSecure(env) ? securePrefix : prefix}${username}`;
}

export function sessionCookie(username: string, token: string, env: Pick<Env, "publicOrigin">): string {
  return attributes(`${cookieName(username, env)}=${token}`, sessionIdleMs / 1000, env);
}

export function endedCookie(username: string, env: Pick<Env, "publicOrigin">): string {
  return attributes(`${cookieName(username, env)}=`, 0, env);
}

function attributes(pair: string, maxAgeSeconds: number, env: Pick<Env, "publicOrigin">): string {
  const secure = isSecure(env) ? "; Secure" : "";
  return `${pair}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${String(maxAgeSeconds)}${secure}`;
}

export function readCookie(header: string | null | undefined, name: string): string | undefined {
  return pairs(header).find(([key]) => key === name)?.[1];
}

/** Session cookies of a request, of any account, in the form that this server sets. */
export function sessionCookieNames(header: string | null | undefined, env: Pick<Env, "publicOrigin">): string[] {
  const start = cookieName("", env);
  return pairs(header).flatMap(([key]) => (key.startsWith(start) ? [key] : []));
}

/** True also for the other form: what came with cookies of ours came from a browser. */
export function hasSessionCookie(header: string | null): boolean {
  return pairs(header).some(([key]) => key.startsWith(prefix) || key.startsWith(securePrefix));
}

function pairs(header: string | null | undefined): [string, string][] {
  return (header ?? "").split(";").flatMap((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [] : [[part.slice(0, at).trim(), part.slice(at + 1).trim()] as [string, string]];
  });
}
