/** What every part of the benchmark writes: bench/results/PART.json, one row per figure, its peer beside it. */

import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export const resultsDir = path.join(import.meta.dirname, "results");

export interface Row {
  /** Rows of one group become one table. */
  readonly group: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Measured in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** `value / peer.value`. */
  readonly ratio?: number;
  readonly aim?: string;
  readonly met?: boolean;
}

export interface Results {
  readonly rows: readonly Row[];
  readonly machine: { readonly cores: number; readonly node: string; readonly cpu: string };
  /** ISO 8601. */
  readonly date: string;
}

/** A figure beside its peer; `aim` bounds their ratio. */
export function beside(
  row: Pick<Row, "group" | "name" | "unit" | "value">,
  peer: { readonly name: string; readonly value: number },
  aim?: { readonly atLeast: number } | { readonly atMost: number },
): Row {
  const ratio = row.value / peer.value;
  if (aim === undefined) return { ...row, peer, ratio };
  return "atLeast" in aim
    ? { ...row, peer, ratio, aim: `at least ${aim.atLeast}`, met: ratio >= aim.atLeast }
    : { ...row, peer, ratio, aim: `at most ${aim.atMost}`, met: ratio <= aim.atMost };
}

export function writeResults(part: string, rows: readonly Row[]): void {
  const machine = { cores: os.availableParallelism(), node: process.version, cpu: os.cpus()[0]?.model ?? "unknown" };
  const results: Results = { rows, machine, date: new Date().toISOString() };
  mkdirSync(resultsDir, { recursive: true });
  writeFileSync(path.join(resultsDir, `${part}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
}
