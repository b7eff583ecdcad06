/** `/code-manifest.json`: which code this server serves, file by file. SPEC CODE-02. */

import { codeFile } from "../code-file";

export function GET(request: Request): Response {
  return codeFile("manifest", "application/json", request);
}
