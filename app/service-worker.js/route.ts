/** `/service-worker.js`: at the root, because a service worker keeps watch over what is below its own address. */

import { codeFile } from "../code-file";

export function GET(request: Request): Response {
  return codeFile("serviceWorker", "text/javascript; charset=utf-8", request);
}
