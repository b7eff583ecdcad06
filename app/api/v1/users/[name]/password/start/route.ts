import { handle, methods } from "@/app/api/handler";
import { passwordStartBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** First round trip of OPAQUE for a new password. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session }) => {
    const { username } = await session();
    const { registrationRequest } = await readBody(request, passwordStartBody);
    return json(await services.accounts.answerRegistration(username, registrationRequest));
  }),
});
