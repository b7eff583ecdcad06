import { handle, methods } from "@/app/api/handler";
import { plain } from "@/app/api/plain";

/** The log's verifier key, one line as signed notes write it. Compare it with what the operator says by another way. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", ({ services }) => Promise.resolve(plain(`${services.transparencyLog.verifierLine}\n`))),
});
