import { handle, methods } from "@/app/api/handler";
import { newDevice } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** The owner's list of devices; adding one that the account key certified. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, session }) => {
    const { accountId } = await session();
    return json(await services.devices.list(accountId));
  }),
  POST: handle("lookup", async ({ request, services, session }) => {
    const current = await session();
    const device = await readBody(request, newDevice);
    return json(await services.devices.add(current, device), { status: 201 });
  }),
});
