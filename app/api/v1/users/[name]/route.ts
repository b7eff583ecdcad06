import { handle, methods } from "@/app/api/handler";
import { deletionBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { endedCookie } from "@/lib/server/http/cookies";
import { json } from "@/lib/server/http/handle";

/** The directory entry by name; and the end of the own account, signed by its key. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) => json(await services.directory.byName(username()))),
  DELETE: handle("lookup", async ({ request, services, session }) => {
    const current = await session();
    await services.endings.delete(current, await readBody(request, deletionBody));
    return new Response(null, { status: 204, headers: { "set-cookie": endedCookie(current.username, services.env) } });
  }),
});
