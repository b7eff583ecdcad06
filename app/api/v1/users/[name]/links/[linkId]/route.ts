import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { json } from "@/lib/server/http/handle";

/** What a new device offered, for who is asked to take it in. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, session, linkId }) => {
    await session();
    const { offer, nonce } = services.links.look(linkId());
    return json({ offer: toBase64(offer), nonce: nonce ? toBase64(nonce) : null });
  }),
});
