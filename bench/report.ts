/** The tables of docs/PERFORMANCE.md, written from bench/results between marks that name the part. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { resultsDir, type Results, type Row } from "./rows";

const report = path.join(import.meta.dirname, "../docs/PERFORMANCE.md");

/** Replaces what stands between `<!-- bench:PART -->` and `<!-- /bench:PART -->`; parts without results stay. */
export function writeTables(): void {
  const before = readFileSync(report, "utf8");
  const after = before.replace(/<!-- bench:(\w+) -->[\s\S]*?<!-- \/bench:\1 -->/g, (whole: string, part: string) => {
    const file = path.join(resultsDir, `${part}.json`);
    if (!existsSync(file)) return whole;
    const results = JSON.parse(readFileSync(file, "utf8")) as Results;
    return `<!-- bench:${part} -->\n\n${tables(results)}\n<!-- /bench:${part} -->`;
  });
  if (after !== before) writeFileSync(report, after);
}

function tables({ rows, machine, date }: Results): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  const blocks = [...groups].map(([group, own]) => {
    const lines = own.map((row) => `| ${cells(row).join(" | ")} |`);
    return [
      `**${group}**`,
      "",
      "| | Sealroom | peer | peer's | ratio | aim |",
      "|---|---|---|---|---|---|",
      ...lines,
      "",
    ].join("\n");
  });
  const where = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}.`;
  return [`Measured on ${where}`, "", ...blocks].join("\n");
}

function cells({ name, unit, value, peer, ratio, aim, met }: Row): string[] {
  const verdict = met === undefined ? "" : met ? ": met" : ": **not met**";
  return [
    name,
    `${figure(value)} ${unit}`,
    peer?.name ?? "",
    peer === undefined ? "" : `${figure(peer.value)} ${unit}`,
    ratio === undefined ? "" : ratio.toFixed(2),
    aim === undefined ? "" : `${aim}${verdict}`,
  ];
}

/** Three digits that count. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en");
}
