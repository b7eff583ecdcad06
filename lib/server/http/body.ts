/** Reads a JSON body within its limits (HTTP-03, HTTP-04). */

import type { z } from "zod";

import { concatBytes, fromUtf8 } from "../../protocol/bytes";
import { httpBodyMaxBytes } from "../../protocol/limits";
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

/** Counts what really comes: a length may be absent (chunked) or wrong. */
async function readLimited(request: Request): Promise<Uint8Array> {
  const told = Number(request.headers.get("content-length") ?? 0);
  if (told > httpBodyMaxBytes) throw new Refused("TOO_LARGE");
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.length;
    if (total > httpBodyMaxBytes) {
      await reader.cancel();
      throw new Refused("TOO_LARGE");
    }
    chunks.push(value);
  }
  return concatBytes(...chunks);
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
