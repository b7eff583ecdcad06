import { handle, methods } from "@/app/api/handler";
import { grantLinkBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** Certificate and secret for the new device, sealed to it. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session, linkId }) => {
    const current = await session();
    const { grant } = await readBody(request, grantLinkBody);
    services.links.grant(linkId(), current, grant);
    return new Response(null, { status: 204 });
  }),
});
