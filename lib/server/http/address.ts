/** The address a request came from, told to the handlers in a header that nobody outside can set. */

import type { IncomingMessage } from "node:http";
import { isIP, isIPv6 } from "node:net";

import type { Env } from "../env";

export const addressHeader = "x-sealroom-address";

/** Overwrites whatever the client sent under that name. Answers what limits count by. */
export function stampAddress(request: IncomingMessage, { trustProxy }: Pick<Env, "trustProxy">): string {
  const address = limitKey(
    (trustProxy ? forwardedFor(request) : undefined) ?? request.socket.remoteAddress ?? "unknown",
  );
  request.headers[addressHeader] = address;
  return address;
}

/** The last entry is the one that our own proxy wrote; those before it are the client's word. */
function forwardedFor(request: IncomingMessage): string | undefined {
  const header = request.headers["x-forwarded-for"];
  const last = (Array.isArray(header) ? header.join(",") : header)?.split(",").at(-1)?.trim();
  return last !== undefined && isIP(last) !== 0 ? last : undefined;
}

/** IPv6 by its /64: one household or server owns all addresses below it. */
function limitKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const groups = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const left = groups(head);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - groups(tail).length);
  const all = [...left, ...Array.from({ length: zeros }, () => "0"), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
