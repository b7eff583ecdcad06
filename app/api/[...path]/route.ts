import { handle } from "@/app/api/handler";
import { Refused } from "@/lib/server/refused";

/** Paths that are not there answer in the API's own form. */
const absent = handle("lookup", () => Promise.reject(new Refused("NOT_FOUND")));

export {
  absent as GET,
  absent as HEAD,
  absent as POST,
  absent as PUT,
  absent as PATCH,
  absent as DELETE,
  absent as OPTIONS,
};
