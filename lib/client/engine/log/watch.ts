/**
 * Reading the entries of the log, for those about the own account and the own name (SPEC LOG-12). All of them, because a server that
 * leaves one out must not be able to: each page is proven to be where the head has it.
 */

import { fromHex, toHex } from "../../../protocol/bytes";
import { logArrivalsMax } from "../../../protocol/limits";
import type { Checkpoint } from "../../../protocol/log/checkpoint";
import { appendLeaf, foldHashes, leafHash, type Frontier } from "../../../protocol/log/merkle";
import type { LogBook } from "./book";
import { isContinuation, type LogHost } from "./follow";
import { judge, type Finding, type JudgeHost, type Judging } from "./judge-entry";

export type WatchHost = LogHost & JudgeHost;

/** `more`: a page was read, and there is another. `done`: all is read up to the head. `stopped`: not now. */
export type Watched = "more" | "done" | "stopped";

/** Reads one page. */
export async function watchPage(host: WatchHost, book: LogBook, head: Checkpoint): Promise<Watched> {
  const { state } = book;
  if (state?.read === undefined) return "stopped";
  const { read } = state;
  if (read.size >= head.size) return "done";
  const from = read.size;
  const asked = await host.transport.request("log:entries", { from });
  if (!asked.ok) return "stopped";
  const entries = asked.value.entries.slice(0, head.size - from);
  let frontier: Frontier = { size: from, hashes: read.hashes.map((hash) => fromHex(hash) ?? new Uint8Array()) };
  const judging: Judging = {
    known: new Set(await book.known()),
    before: new Set(read.before),
    isBegun: read.isBegun,
    own: read.own,
  };
  const findings: Finding[] = [];
  for (const [at, bytes] of entries.entries()) {
    frontier = appendLeaf(frontier, leafHash(bytes)).frontier;
    findings.push(...(await judge(host, judging, bytes, from + at)));
  }
  const page = { origin: head.origin, size: frontier.size, root: foldHashes(frontier.hashes) };
  const fits = entries.length > 0 ? await isContinuation(host, page, head) : {};
  if (fits === "later") return "stopped";
  if (fits !== true) {
    // Read again the next time: what these say counts for nothing.
    await book.alarm("wrong-entries", { notes: state.note === undefined ? [] : [state.note], ...fits });
    return "stopped";
  }
  if (!(await note(book, findings, frontier, judging))) return "stopped";
  return frontier.size < head.size ? "more" : "done";
}

/** False: not all of it could be kept, and the page is read again. */
async function note(
  book: LogBook,
  findings: readonly Finding[],
  { size, hashes }: Frontier,
  { before, isBegun, own }: Judging,
): Promise<boolean> {
  for (const finding of findings)
    if (
      finding.kind !== "arrival" &&
      finding.kind !== "removal" &&
      !(await book.alarm(finding.kind, { index: finding.index }))
    )
      return false;
  const { state } = book;
  if (state === undefined) return false;
  const told = new Set(state.arrivals.map(({ deviceId }) => deviceId));
  const arrivals = findings.flatMap((finding) => {
    if (finding.kind !== "arrival" || told.has(finding.deviceId)) return [];
    told.add(finding.deviceId);
    const { kind: _kind, ...arrival } = finding;
    return arrival;
  });
  // Of too many the first stay: who certifies one more takes none of them away.
  const all = [...state.arrivals, ...arrivals].slice(0, logArrivalsMax);
  const read = { size, hashes: hashes.map(toHex), before: [...before].slice(0, 64), isBegun, own };
  const removals = findings.flatMap((finding) => {
    if (finding.kind !== "removal") return [];
    const { kind: _kind, ...removal } = finding;
    return removal;
  });
  const gone = [...state.removals, ...removals].slice(0, logArrivalsMax);
  await book.update({ read, arrivals: all, removals: gone });
  if (arrivals.length > 0 || removals.length > 0) book.tell();
  return true;
}
