/** The client half of the benchmark: functions in Node, the product in Chromium. The pages must be built. */

import { writeResults } from "../rows";
import { browserRows } from "./browser";
import { functionRows } from "./functions";

writeResults("client", [...(await functionRows()), ...(await browserRows())]);
// Threads of the cryptography may linger; everything is written.
process.exit(0);
