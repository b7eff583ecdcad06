/** API handlers with their sentences, and the answers for methods and paths that are not there. */

import { errorSentence } from "@/lib/text/errors";
import { makeHandler, type Handler } from "@/lib/server/http/handle";
import { Refused } from "@/lib/server/refused";

export const handle = makeHandler(errorSentence);

const refuseMethod = handle(undefined, () => Promise.reject(new Refused("METHOD_NOT_ALLOWED")));

/** All methods of a route: those given, and a refusal for each other one. */
export function methods(given: Partial<Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE", Handler>>) {
  const allow = [...Object.keys(given), ...("GET" in given ? ["HEAD"] : [])].join(", ");
  const missing: Handler = async (request, context) => {
    const response = await refuseMethod(request, context);
    response.headers.set("allow", allow);
    return response;
  };
  const { GET = missing, POST = missing, PUT = missing, PATCH = missing, DELETE = missing } = given;
  return { GET, HEAD: GET, POST, PUT, PATCH, DELETE, OPTIONS: missing };
}
