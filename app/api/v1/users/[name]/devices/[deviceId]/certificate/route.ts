import { handle, methods } from "@/app/api/handler";
import { renewCertificateBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";

/** A device's renewed certificate: same device, same key, longer life. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  PUT: handle("lookup", async ({ request, services, session, deviceId }) => {
    const { accountId } = await session();
    const { certificate } = await readBody(request, renewCertificateBody);
    await services.devices.renew(accountId, deviceId(), certificate);
    return new Response(null, { status: 204 });
  }),
});
