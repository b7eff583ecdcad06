import { handle, methods } from "@/app/api/handler";
import { toBase64 } from "@/lib/protocol/bytes";
import { accountLogMaxEntries } from "@/lib/protocol/limits";
import { json } from "@/lib/server/http/handle";

/** What the transparency log says of the account, each entry with its proof at the head that comes with them. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) => {
    const accountId = await services.directory.accountIdOf(username());
    const { head, entries } = await services.transparencyLog.ofAccount(accountId, accountLogMaxEntries);
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
