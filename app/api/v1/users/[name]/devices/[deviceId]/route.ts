import { handle, methods } from "@/app/api/handler";
import { renameDeviceBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** A device's name, which its owner gives it. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  PATCH: handle("lookup", async ({ request, services, session, deviceId }) => {
    const { accountId } = await session();
    const { name } = await readBody(request, renameDeviceBody);
    await services.devices.rename(accountId, deviceId(), name);
    return new Response(null, { status: 204 });
  }),
});
