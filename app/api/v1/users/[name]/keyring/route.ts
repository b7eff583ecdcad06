import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { keyringBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** What the devices of an account keep for each other, sealed. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, session }) => {
    const { accountId } = await session();
    const { version, sealed } = await services.keyrings.fetch(accountId);
    return json({ version, sealed: sealed === undefined ? null : toBase64(sealed) });
  }),
  PUT: handle("lookup", async ({ request, services, session }) => {
    const { accountId } = await session();
    const { version, sealed } = await readBody(request, keyringBody);
    await services.keyrings.put(accountId, version, sealed);
    return new Response(null, { status: 204 });
  }),
});
