import { handle, methods } from "@/app/api/handler";
import { openLinkBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** A new device offers itself; the answer's token is its key to the mailbox. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("link", async ({ request, services }) => {
    const { offer } = await readBody(request, openLinkBody);
    return json(services.links.open(offer), { status: 201 });
  }),
});
