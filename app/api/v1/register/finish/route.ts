import { handle, methods } from "@/app/api/handler";
import { registerFinishBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { sessionCookie } from "@/lib/server/http/cookies";
import { json } from "@/lib/server/http/handle";

/** Makes the account, its first device and its session, or nothing. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("register", async ({ request, services }) => {
    const body = await readBody(request, registerFinishBody);
    const { token, ...account } = await services.accounts.registerFinish(body);
    const headers = { "set-cookie": sessionCookie(account.username, token, services.env) };
    return json(account, { status: 201, headers });
  }),
});
