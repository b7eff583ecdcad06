import { handle, methods } from "@/app/api/handler";
import { parseTilePath } from "@/lib/protocol/log/tiles";
import { Refused } from "@/lib/server/refused";

const prefix = "/api/v1/log/tile/";

/** Hashes and entries of the transparency log, as C2SP tlog-tiles cuts and names them. A tile never changes. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ request, services }) => {
    const { pathname } = new URL(request.url);
    const tile = pathname.startsWith(prefix) ? parseTilePath(pathname.slice(prefix.length)) : undefined;
    if (tile === undefined) throw new Refused("NOT_FOUND");
    const bytes = await services.transparencyLog.tile(tile);
    return new Response(new Uint8Array(bytes), { headers: { "content-type": "application/octet-stream" } });
  }),
});
