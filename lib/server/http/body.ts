/** Reads a JSON body within its limits (HTTP-03, HTTP-04). */

import type { z } from "zod";

import { fromUtf8 } from "../../protocol/bytes";
import { httpBodyMaxBytes } from "../../protocol/limits";
import { readAtMost } from "../../protocol/read-at-most";
import { Refused } from "../refused";

const jsonType = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** An absent body counts as `{}`, where the schema takes that. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get("content-type");
  if (type !== null && !jsonType.test(type)) throw new Refused("WRONG_CONTENT_TYPE");
  const bytes = await readLimited(request);
  if (bytes.length > 0 && type === null) throw new Refused("WRONG_CONTENT_TYPE");
  const parsed = schema.safeParse(bytes.length === 0 ? {} : parseJson(bytes));
  if (!parsed.success) throw new Refused("MALFORMED");
  return parsed.data;
}

async function readLimited(request: Request): Promise<Uint8Array> {
  const told = Number(request.headers.get("content-length") ?? 0);
  const bytes = told > httpBodyMaxBytes ? undefined : await readAtMost(request.body, httpBodyMaxBytes);
  if (bytes === undefined) throw new Refused("TOO_LARGE");
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes);
  if (text === undefined) throw new Refused("BAD_JSON");
  try {
    return JSON.parse(text, refusePrototype);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("BAD_JSON");
  }
}

/** No schema has such a key, but a copy by assignment on the way to one would change a prototype. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new Refused("MALFORMED");
  return value;
}
