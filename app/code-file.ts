/** Answers with a file of the build that Next does not know. Its policy is that of files (lib/server/http/front.ts). */

import { getServices } from "@/lib/server/context";

export function codeFile(name: "manifest" | "serviceWorker", contentType: string): Response {
  const { code } = getServices();
  if (code === undefined) return new Response(null, { status: 404 });
  // Asked for anew each time, so that a change is seen when it is there.
  return new Response(code[name], { headers: { "content-type": contentType, "cache-control": "no-cache" } });
}
