import { handle, methods } from "@/app/api/handler";
import { pem } from "@/app/api/pem";

/** The account's public key. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services, username }) =>
    pem((await services.directory.byName(username())).publicKeyPem),
  ),
});
