import { handle, methods } from "@/app/api/handler";
import { uploadKeyPackagesBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** The owner's stock of one-time KeyPackages, and its refill. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, session }) => {
    const { accountId } = await session();
    return json(await services.devices.stock(accountId));
  }),
  POST: handle("lookup", async ({ request, services, session }) => {
    const { accountId } = await session();
    const { deviceId, keyPackages, lastResort } = await readBody(request, uploadKeyPackagesBody);
    await services.devices.upload(accountId, deviceId, keyPackages, lastResort);
    return new Response(null, { status: 204 });
  }),
});
