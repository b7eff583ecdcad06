import { handle, methods } from "@/app/api/handler";
import { resetStartBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** First round trip of OPAQUE for a new account key; alike for names that do not exist. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("register", async ({ request, services }) => {
    const { username, registrationRequest } = await readBody(request, resetStartBody);
    return json(await services.accounts.answerRegistration(username, registrationRequest));
  }),
});
