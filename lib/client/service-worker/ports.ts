/** What the service worker needs of the browser, so that its decisions run under test as they are. */

import { toHex } from "../../protocol/bytes";

/** Bytes by name. Holds code and which code was accepted; never what API, pages or people said (CODE-10). */
export interface CodeStore {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
}

export interface Ports {
  readonly store: CodeStore;
  /**
   * Asks the server itself, past the service worker. What the HTTP cache may answer: `default` whatever it has,
   * `no-cache` what the server says has not changed, `reload` nothing.
   */
  readonly ask: (path: string, cache: "default" | "no-cache" | "reload") => Promise<Response>;
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
