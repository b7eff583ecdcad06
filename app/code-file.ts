/** Answers with a file of the build that Next does not know. Its policy is that of files (lib/server/http/front.ts). */

import { getServices } from "@/lib/server/context";

export function codeFile(name: "manifest" | "serviceWorker", contentType: string, request: Request): Response {
  const { code } = getServices();
  if (code === undefined) return new Response(null, { status: 404 });
  // Asked for anew each time, so that a change is seen when it is there; pages ask often, so little is said while there is none.
  const etag = `"${code.buildHash}"`;
  const headers = { "content-type": contentType, "cache-control": "no-cache", etag };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return new Response(code[name], { headers });
}
