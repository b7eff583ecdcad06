import { handle, methods } from "@/app/api/handler";
import { revokeDeviceBody } from "@/lib/protocol/schemas/account";
import { readBody } from "@/lib/server/http/body";

/** Gives a device up for good; needs the account's signature, not the session alone. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session, deviceId }) => {
    const { accountId } = await session();
    const { revocation, renewal } = await readBody(request, revokeDeviceBody);
    await services.devices.revoke(accountId, deviceId(), revocation, renewal);
    return new Response(null, { status: 204 });
  }),
});
