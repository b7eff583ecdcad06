import { handle, methods } from "@/app/api/handler";
import { linkedDeviceBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { sessionCookie } from "@/lib/server/http/cookies";
import { json } from "@/lib/server/http/handle";

/** The granted device registers; its session comes with the answer. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, linkId }) => {
    const body = await readBody(request, linkedDeviceBody);
    const { token, ...linked } = await services.links.join(linkId(), body.token, body.device);
    const headers = { "set-cookie": sessionCookie(linked.username, token, services.env) };
    return json(linked, { status: 201, headers });
  }),
});
