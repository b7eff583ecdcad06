import { handle, methods } from "@/app/api/handler";
import { resetFinishBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { sessionCookie } from "@/lib/server/http/cookies";
import { json, sessionOf } from "@/lib/server/http/handle";

/** Another account key under the same name, by a signed-in device's word or the host's; the old account is retired. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("register", async ({ request, services, address }) => {
    const body = await readBody(request, resetFinishBody);
    await services.limits.take("loginPair", `${body.username} ${address}`);
    const session = await sessionOf(services, body.username, request.headers.get("cookie"));
    const { token, ...account } = await services.endings.reset(body, session);
    const headers = { "set-cookie": sessionCookie(account.username, token, services.env) };
    return json(account, { status: 201, headers });
  }),
});
