/** What every server under test does for its parent: says its port, and what it has used. */

import type { AddressInfo } from "node:net";
import type { Server } from "node:http";

import { answerParent } from "../../child";

/** Listens on loopback. `prepare` gets, member by member, the room each will enter; peers that know nobody ignore it. */
export function serve(
  server: Server,
  prepare: (roomIndexes: readonly number[]) => Promise<void> = () => Promise.resolve(),
  close: () => Promise<void> = () => Promise.resolve(),
): void {
  const listening = new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", 4096, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
  answerParent(
    {
      listen: () => listening,
      prepare,
      usage: () => {
        const { user, system } = process.cpuUsage();
        const { rss, heapUsed } = process.memoryUsage();
        return { cpuMs: (user + system) / 1000, rssBytes: rss, heapBytes: heapUsed } satisfies Usage;
      },
      collect: () => {
        globalThis.gc?.();
        globalThis.gc?.();
      },
    },
    close,
  );
}

export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
}
