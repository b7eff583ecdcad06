import { handle, methods } from "@/app/api/handler";
import { claimBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { endedCookie } from "@/lib/server/http/cookies";

/** Ends the session; its sockets are closed. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session }) => {
    const current = await session();
    await readBody(request, claimBody);
    await services.sessions.end(current);
    return new Response(null, { status: 204, headers: { "set-cookie": endedCookie(current.username, services.env) } });
  }),
});
