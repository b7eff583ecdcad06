/** The body of an answer, as JSON or as text (HTTP-12). */

import { fromUtf8 } from "../../protocol/bytes";
import { httpAnswerMaxBytes } from "../../protocol/limits";
import { readAtMost } from "../../protocol/read-at-most";

/** Throws for what is too large, cut, no JSON or not UTF-8. */
export async function readJson(response: Response): Promise<unknown> {
  return JSON.parse(await readText(response));
}

/** Throws for what is too large, cut or not UTF-8. */
export async function readText(response: Response): Promise<string> {
  const bytes = await readAtMost(response.body, httpAnswerMaxBytes);
  const text = bytes && fromUtf8(bytes);
  if (text === undefined) throw new TypeError("larger than any answer, or not UTF-8");
  return text;
}
