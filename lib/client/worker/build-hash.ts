/**
 * Which build this code is, for what clients tell each other (CODE-11). Code cannot contain the hash of a list that
 * contains the code's own hash, so it carries the hash of its sources and looks for the manifest that names them: the
 * service worker answers with the accepted one, else the server with its present one. Modified code says what it likes.
 */

import { codeManifestMaxBytes } from "../../protocol/limits";
import { toHex } from "../../protocol/bytes";
import { codeManifestPath, parseManifest } from "../../protocol/code/manifest";

/** Put in by the build (next.config.mjs). */
declare const process: { readonly env: { readonly SEALROOM_SOURCE?: string } };

/** 64 hex digits; `undefined` while developing, out of reach, or when the server has another build by now. */
export async function buildHash(ask: typeof fetch = fetch): Promise<string | undefined> {
  const source = process.env.SEALROOM_SOURCE;
  if (source === undefined) return undefined;
  try {
    const response = await ask(`${codeManifestPath}?source=${source}`, { cache: "no-cache" });
    if (!response.ok) return undefined;
    const encoded = new Uint8Array(await response.arrayBuffer());
    if (encoded.length > codeManifestMaxBytes || parseManifest(encoded)?.source !== source) return undefined;
    return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoded)));
  } catch {
    return undefined;
  }
}
