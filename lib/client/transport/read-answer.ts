/** Reads the body of an answer, bounded while it is read, whatever length it claims (HTTP-12). */

import { concatBytes, fromUtf8 } from "../../protocol/bytes";
import { httpAnswerMaxBytes } from "../../protocol/limits";

/** Throws for what is too large, cut, no JSON or not UTF-8. */
export async function readJson(response: Response): Promise<unknown> {
  return JSON.parse(await readText(response));
}

/** Throws for what is too large, cut or not UTF-8. */
export async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    total += read.value.length;
    if (total > httpAnswerMaxBytes) {
      await reader?.cancel();
      throw new TypeError("a larger answer than any");
    }
    chunks.push(read.value);
  }
  const text = fromUtf8(concatBytes(...chunks));
  if (text === undefined) throw new TypeError("not UTF-8");
  return text;
}
