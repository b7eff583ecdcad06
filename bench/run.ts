/**
 * `npm run bench`: the parts one after the other, each in a process of its own, then the tables of docs/PERFORMANCE.md.
 * Names of parts as arguments run only those.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { writeTables } from "./report";

const parts = ["relay", "memory", "client", "room", "log"] as const;
/** Together below ten minutes on two cores; a part that hangs is ended. */
const partTimeoutMs = 6 * 60 * 1000;

async function runPart(part: string): Promise<boolean> {
  const startedAt = performance.now();
  const file = path.join(import.meta.dirname, part, "run.ts");
  const child = spawn(process.execPath, ["--import", "tsx", file], {
    stdio: ["ignore", "inherit", "inherit"],
    // A group of its own: a part that hangs takes its servers and browsers with it.
    detached: true,
  });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, partTimeoutMs);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`${part}: ${code === 0 ? "measured" : "FAILED"} (${seconds} s)\n`);
  return code === 0;
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !parts.some((part) => part === name));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(", ")}; there are ${parts.join(", ")}`);
for (const part of named.length > 0 ? named : parts) if (!(await runPart(part))) process.exitCode = 1;
writeTables();
