/** Structured logs to standard output. What could hold a secret is never handed over, and cut out if it were (HTTP-11). */

import pino from "pino";

import type { Env } from "../env";

export type Log = pino.Logger;

const secretNames = [
  "headers",
  "cookie",
  "cookies",
  "set-cookie",
  "authorization",
  "body",
  "query",
  "token",
  "password",
  "vault",
];

export function makeLog(
  { logLevel }: Pick<Env, "logLevel">,
  destination: pino.DestinationStream = pino.destination(1),
): Log {
  const paths = secretNames.flatMap((name) => [`["${name}"]`, `*["${name}"]`]);
  return pino({ level: logLevel, base: null, redact: { paths, remove: true } }, destination);
}
