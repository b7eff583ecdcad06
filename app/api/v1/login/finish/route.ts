import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { loginFinishBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { sessionCookie } from "@/lib/server/http/cookies";
import { json, sessionOf } from "@/lib/server/http/handle";

/** Second round trip: a new session, and the sealed vault for a new device. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("loginAddress", async ({ request, services }) => {
    const { username, account, token } = await services.accounts.loginFinish(await readBody(request, loginFinishBody));
    // This browser's former session of the account ends: a token never outlives a login (W4).
    const former = await sessionOf(services, username, request.headers.get("cookie"));
    if (former !== undefined) await services.sessions.end(former);
    const answer = {
      username,
      accountId: account.id,
      accountCertificate: toBase64(account.certificate),
      vault: toBase64(account.vault),
    };
    return json(answer, { headers: { "set-cookie": sessionCookie(username, token, services.env) } });
  }),
});
