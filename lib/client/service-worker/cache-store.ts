/** The store in Cache Storage, which service workers and pages have and which goes when a person clears the site's data. */

import type { CodeStore } from "./ports";

const cacheName = "sealroom-code";
/** Entries have addresses, which nobody is ever asked for. */
const prefix = "/.sealroom-code/";

export function cacheStore(): CodeStore {
  const cache = () => caches.open(cacheName);
  return {
    async read(name) {
      const found = await (await cache()).match(prefix + name);
      return found && new Uint8Array(await found.arrayBuffer());
    },
    async write(name, bytes) {
      await (await cache()).put(prefix + name, new Response(new Uint8Array(bytes)));
    },
    async remove(name) {
      await (await cache()).delete(prefix + name);
    },
    async names() {
      const requests = await (await cache()).keys();
      return requests.map(({ url }) => new URL(url).pathname.slice(prefix.length));
    },
  };
}
