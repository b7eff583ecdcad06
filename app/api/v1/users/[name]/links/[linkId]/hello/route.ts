import { handle, methods } from "@/app/api/handler";
import { helloLinkBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** The account's device answers an offer; once. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session, linkId }) => {
    const current = await session();
    const { hello } = await readBody(request, helloLinkBody);
    services.links.hello(linkId(), current, hello);
    return new Response(null, { status: 204 });
  }),
});
