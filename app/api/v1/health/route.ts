import { handle, methods } from "@/app/api/handler";
import { json } from "@/lib/server/http/handle";

/** Answers when the database does. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = methods({
  GET: handle(undefined, async ({ services }) => {
    await services.database.reader.room.count();
    return json({ status: "ok" });
  }),
});
