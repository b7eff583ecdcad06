import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { claimBody } from "@/lib/protocol/schemas/http";
import { readBody } from "@/lib/server/http/body";
import { json } from "@/lib/server/http/handle";

/** One KeyPackage per device of the account, each one-time package once. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  POST: handle("claimAddress", async ({ request, services, username }) => {
    const name = username();
    await readBody(request, claimBody);
    await services.limits.take("claimTarget", name);
    const { accountId, keyPackages } = await services.devices.claim(name);
    const encoded = keyPackages.map((one) => ({ ...one, keyPackage: toBase64(one.keyPackage) }));
    return json({ accountId, keyPackages: encoded });
  }),
});
