/** The client half of the benchmark. */

import { writeResults } from "../rows";
import { functionRows } from "./functions";

writeResults("client", await functionRows());
// Threads of the cryptography may linger; everything is written.
process.exit(0);
