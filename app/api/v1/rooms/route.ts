import { handle, methods } from "@/app/api/handler";
import { json } from "@/lib/server/http/handle";

/** The open rooms. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle("lookup", async ({ services }) => json({ rooms: await services.delivery.rooms.list() })),
});
