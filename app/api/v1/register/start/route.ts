import { handle, methods } from "@/app/api/handler";
import { registerStartBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** First round trip of OPAQUE registration. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("register", async ({ request, services }) => {
    const { username, registrationRequest } = await readBody(request, registerStartBody);
    return json(await services.accounts.registerStart(username, registrationRequest));
  }),
});
