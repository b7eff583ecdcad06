import { handle, methods } from "@/app/api/handler";
import { revealLinkBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** What the offer had committed to. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, linkId }) => {
    const { token, nonce } = await readBody(request, revealLinkBody);
    services.links.reveal(linkId(), token, nonce);
    return new Response(null, { status: 204 });
  }),
});
