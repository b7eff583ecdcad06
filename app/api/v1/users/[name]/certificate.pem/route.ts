import { handle, methods } from "@/app/api/handler";
import { plain } from "@/app/api/plain";

/** The account's self-signed certificate. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) =>
    plain((await services.directory.byName(username())).certificatePem),
  ),
});
