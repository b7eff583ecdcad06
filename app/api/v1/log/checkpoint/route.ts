import { handle, methods } from "@/app/api/handler";
import { plain } from "@/app/api/plain";

/** The transparency log's head, a C2SP tlog-checkpoint. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services }) => plain((await services.transparencyLog.head()).note)),
});
