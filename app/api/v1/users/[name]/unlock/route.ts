import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { loginFinishBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** The password once more, for who is signed in: hands out the sealed vault and changes no session. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("loginAddress", async ({ request, services, session }) => {
    const { accountId } = await session();
    const vault = await services.accounts.unlock(accountId, await readBody(request, loginFinishBody));
    return json({ vault: toBase64(vault) });
  }),
});
