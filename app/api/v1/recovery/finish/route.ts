import { handle, methods } from "@/app/api/handler";
import { recoveryFinishBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";

/** The new password of who has shown the recovery key and opened the vault; all sessions end. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("loginAddress", async ({ request, services, address }) => {
    const body = await readBody(request, recoveryFinishBody);
    await services.limits.take("loginPair", `${body.username} ${address}`);
    await services.recovery.finish(body);
    return new Response(null, { status: 204 });
  }),
});
