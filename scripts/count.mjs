/**
 * The closing line of CI: `N passed, N failed[, N skipped]` over the reports of jest and Playwright (JSON files). Steps
 * named after `--failed=` count as one failure each; a report that is not there counts as one too.
 */

import { existsSync, readFileSync } from "node:fs";

const readers = {
  jest: (report) => ({
    passed: report.numPassedTests,
    // A file that cannot be loaded has no tests to count.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  }),
  playwright: ({ stats, errors }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  }),
};

const total = { passed: 0, failed: 0, skipped: 0 };
for (const argument of process.argv.slice(2)) {
  const [name, value] = argument.replace(/^--/, "").split("=");
  if (name === "failed") {
    total.failed += value.split(",").filter((step) => step !== "").length;
  } else if (!existsSync(value)) {
    console.log(`no report of ${name}`);
    total.failed += 1;
  } else {
    const counts = readers[name](JSON.parse(readFileSync(value, "utf8")));
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
