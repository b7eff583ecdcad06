import { handle, methods } from "@/app/api/handler";
import { accountIdSchema } from "@/lib/protocol/ids";
import { json } from "@/lib/server/http/handle";
import { Refused } from "@/lib/server/refused";

/** The directory entry by account id. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, params }) => {
    const accountId = accountIdSchema.safeParse(params["accountId"]);
    if (!accountId.success) throw new Refused("NOT_FOUND");
    return json(await services.directory.byId(accountId.data));
  }),
});
