import { handle, methods } from "@/app/api/handler";
import { loginStartBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** First round trip of an OPAQUE login; alike for names that do not exist. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("loginAddress", async ({ request, services, address }) => {
    const { username, startLoginRequest } = await readBody(request, loginStartBody);
    await services.limits.take("loginPair", `${username} ${address}`);
    return json(await services.accounts.loginStart(username, startLoginRequest));
  }),
});
