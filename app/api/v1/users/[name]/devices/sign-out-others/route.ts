import { handle, methods } from "@/app/api/handler";
import { claimBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** Ends every session of the account but the one that asks. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session }) => {
    const current = await session();
    await readBody(request, claimBody);
    await services.sessions.endOthers(current);
    return new Response(null, { status: 204 });
  }),
});
