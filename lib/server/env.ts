/** The environment, parsed once by one schema. A bad value is one clear sentence and exit code 1. */

import path from "node:path";

import { z } from "zod";

const flag = z.enum(["0", "1"]).transform((value) => value === "1");

const envSchema = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
  PORT: z.coerce.number("it must be a number").int("it must be a whole number").min(0).max(65_535).default(3000),
  HOST: z.string().min(1).max(253).default("localhost"),
  DATA_DIR: z.string().min(1).default("./data"),
  DATABASE_URL: z
    .string()
    .regex(
      /^file:[^?#]+$/,
      "it must be a SQLite address such as file:./data/sealroom.db; other databases are not supported yet",
    )
    .optional(),
  PUBLIC_ORIGIN: z
    .string()
    .refine(isOrigin, "it must be an origin such as https://chat.example.org, without a path")
    .optional(),
  TRUST_PROXY: flag.default(false),
  LOG_LEVEL: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
  RATE_LIMIT_FACTOR: z.coerce.number("it must be a number").min(1).max(1_000_000).default(1),
});

export interface Env {
  readonly isDevelopment: boolean;
  readonly port: number;
  /** As people type it; requests for it count as ours (http/origin). */
  readonly host: string;
  /** Where the server listens. */
  readonly listenHost: string;
  /** What the address in the start message says. */
  readonly shownHost: string;
  readonly dataDir: string;
  /** Absolute path of the SQLite database. */
  readonly databaseFile: string;
  /** The one origin people use; when unset it is read off each request (see http/origin). */
  readonly publicOrigin: string | undefined;
  /** Whether X-Forwarded-For is believed. */
  readonly trustProxy: boolean;
  readonly logLevel: z.infer<typeof envSchema>["LOG_LEVEL"];
  /** Multiplies every rate limit. */
  readonly rateLimitFactor: number;
}

/** Its message is one sentence for whoever starts the server. */
export class BadEnvironment extends Error {}

/** Throws `BadEnvironment` with one sentence naming the first bad value. */
export function parseEnv(variables: Readonly<Record<string, string | undefined>>): Env {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = envSchema.safeParse(present);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadEnvironment(
      `The environment variable ${String(issue?.path[0])} is not valid: ${issue?.message ?? ""}.`,
    );
  }
  const { data } = parsed;
  const dataDir = path.resolve(data.DATA_DIR);
  return {
    isDevelopment: data.NODE_ENV === "development",
    port: data.PORT,
    host: data.HOST,
    // Not left to the resolver: where it says ::1 first and IPv6 is off, listening would fail.
    listenHost: data.HOST === "localhost" ? "127.0.0.1" : data.HOST,
    shownHost: data.HOST === "0.0.0.0" || data.HOST === "::" ? "localhost" : bracketed(data.HOST),
    dataDir,
    databaseFile: path.resolve(data.DATABASE_URL?.slice("file:".length) ?? path.join(dataDir, "sealroom.db")),
    publicOrigin: data.PUBLIC_ORIGIN,
    trustProxy: data.TRUST_PROXY,
    logLevel: data.LOG_LEVEL,
    rateLimitFactor: data.RATE_LIMIT_FACTOR,
  };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.origin === text;
  } catch {
    return false;
  }
}
