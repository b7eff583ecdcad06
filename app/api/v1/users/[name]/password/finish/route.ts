import { handle, methods } from "@/app/api/handler";
import { passwordFinishBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";

/** New password and the vault it opens, signed by the account key; all other sessions end. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session }) => {
    const { accountId, tokenHash } = await session();
    await services.vaults.changePassword(accountId, await readBody(request, passwordFinishBody), tokenHash);
    return new Response(null, { status: 204 });
  }),
});
