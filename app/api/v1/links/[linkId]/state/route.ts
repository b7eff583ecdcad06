import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { linkTokenBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** What the other side has said so far. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, linkId }) => {
    const { token } = await readBody(request, linkTokenBody);
    const { hello, grant } = services.links.state(linkId(), token);
    return json({ hello: hello ? toBase64(hello) : null, grant: grant ? toBase64(grant) : null });
  }),
});
