import { handle, methods } from "@/app/api/handler";
import { addDeviceBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** Adds a device that the account key certified. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("lookup", async ({ request, services, session }) => {
    const { accountId } = await session();
    const device = await readBody(request, addDeviceBody);
    return json(await services.devices.add(accountId, device), { status: 201 });
  }),
});
