import { handle, methods } from "@/app/api/handler";
import { claimBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** Ends the sessions of one device; its sockets are closed. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session, deviceId }) => {
    const { accountId } = await session();
    await readBody(request, claimBody);
    await services.devices.signOut(accountId, deviceId());
    return new Response(null, { status: 204 });
  }),
});
