import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { accountLogMaxEntries } from "@/lib/protocol/limits";
import { json } from "@/lib/server/http/handle";

/**
 * What the transparency log says of the account that has the name, or had it until it was deleted, and of those it has the
 * name from; each entry with its proof at the head that comes with them.
 */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) => {
    const { accountId } = await services.directory.holderOf(username());
    const { head, entries } = await services.transparencyLog.historyOf(accountId, accountLogMaxEntries);
    return json({
      checkpoint: head.note,
      entries: entries.map(({ index, bytes, proof }) => ({
        index,
        entry: toBase64(bytes),
        proof: proof.map(toBase64),
      })),
    });
  }),
});
