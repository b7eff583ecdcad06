/** The client half of the benchmark: functions in Node, a big room, and the product in Chromium. */

import { writeResults } from "../rows";
import { bigRoomRows } from "./big-room";
import { browserRows } from "./browser";
import { functionRows } from "./functions";

const parts = { functions: functionRows, "big-room": bigRoomRows, browser: browserRows };

const only = process.argv.slice(2);
for (const [name, measure] of Object.entries(parts)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const startedAt = performance.now();
  writeResults(name, await measure());
  process.stdout.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
}
// Sockets of a peer may linger; everything is written.
process.exit(0);
