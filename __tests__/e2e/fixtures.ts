/** A fresh server per test, and a tap in its wire for those who ask. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { test as base } from "@playwright/test";

import { ServerProcess } from "../support/server-process";
import { Tap } from "../support/tap";

interface Fixtures {
  readonly server: ServerProcess;
  /** Browsers that come through here instead of straight to the server are recorded and can be cut off. */
  readonly tap: Tap;
}

export const test = base.extend<Fixtures>({
  server: async ({ browserName: _ }, use, testInfo) => {
    const folder = await mkdtemp(path.join(tmpdir(), "sealroom-e2e-"));
    const server = new ServerProcess(folder);
    await server.start();
    await use(server);
    await server.stop();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("server.log", { path: server.logFile, contentType: "text/plain" });
    }
    await rm(folder, { recursive: true, force: true });
  },
  tap: async ({ server }, use) => {
    const tap = new Tap(server.port);
    await tap.connect();
    await use(tap);
    await tap.cut();
  },
});
