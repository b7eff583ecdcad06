import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { vaultBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** The sealed vault of the own account, and the next one, signed by the account key. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, session }) => {
    const { accountId } = await session();
    const { version, vault, recoveryKey } = await services.vaults.fetch(accountId);
    return json({ version, vault: toBase64(vault), recoveryKey });
  }),
  PUT: handle("lookup", async ({ request, services, session }) => {
    const { accountId } = await session();
    await services.vaults.replace(accountId, await readBody(request, vaultBody));
    return new Response(null, { status: 204 });
  }),
});
