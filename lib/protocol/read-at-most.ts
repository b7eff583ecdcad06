/** Reads a body that somebody else sends: bounded while it is read, because a length may be absent or wrong. */

import { concatBytes } from "./bytes";

/** What is used of a ReadableStream of bytes, which browsers and servers each have their own type of. */
interface Body {
  getReader(): BodyReader;
}
interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<unknown>;
}

/** `undefined` when there is more than `maxBytes`, counted as it comes out of decompression. Throws for what is cut or late. */
export async function readAtMost(body: Body | null, maxBytes: number): Promise<Uint8Array | undefined> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return concatBytes(...chunks);
}
