import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { logConsistencyQuery } from "@/lib/protocol/schemas/log";
import { json } from "@/lib/server/http/handle";
import { Refused } from "@/lib/server/refused";

/** That the log with `to` entries begins with the one that had `from`: RFC 6962 section 2.1.2, base64. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ request, services }) => {
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const parsed = logConsistencyQuery.safeParse(query);
    if (!parsed.success) throw new Refused("MALFORMED");
    const { from, to } = parsed.data;
    return json({ proof: (await services.transparencyLog.consistency(from, to)).map(toBase64) });
  }),
});
