import { handle, methods } from "@/app/api/handler";
import { json } from "@/lib/server/http/handle";

/** The directory entry by name. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) => json(await services.directory.byName(username()))),
});
