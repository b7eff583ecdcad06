/** The built server as its own process, with its own data folder and its output in a file. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";

/** Generous: several browsers and a server may share two cores. */
const startTimeoutMs = 60_000;

export class ServerProcess {
  readonly dataDir: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  /** Given by the system at the first start and kept, so that browsers find the way back. */
  #port = 0;

  constructor(folder: string) {
    this.dataDir = path.join(folder, "data");
    this.logFile = path.join(folder, "server.log");
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    await mkdir(this.dataDir, { recursive: true });
    const child = spawn(process.execPath, ["--import", "tsx", "server.ts"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: String(this.#port),
        DATA_DIR: this.dataDir,
        DATABASE_URL: "",
        PUBLIC_ORIGIN: "",
        // The most talkative log is the one that could say too much.
        LOG_LEVEL: "debug",
        RATE_LIMIT_FACTOR: "50",
      },
    });
    this.#child = child;
    const log = createWriteStream(this.logFile, { flags: "a" });
    const said: string[] = [];
    const ready = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the server is not ready:\n${said.join("")}`));
      }, startTimeoutMs);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          log.write(text);
          said.push(text);
          const port = /ready at http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
          if (port === undefined) return;
          clearTimeout(timer);
          resolve(Number(port));
        });
      }
      child.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${String(code)}:\n${said.join("")}`));
      });
    });
    this.#port = await ready;
  }

  /** Ends the server; the exit code, or `null` when the signal ended it. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, "exit");
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }
}
