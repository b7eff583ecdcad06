/** The worker as engine of one account: leads, or passes calls to the tab that does. */

import { randomBytes } from "../../crypto/random";
import { Engine } from "../engine/engine";
import { loadIdentity } from "../engine/identity";
import type { Clock } from "../engine/ports";
import { HttpApi } from "../transport/http";
import { SocketTransport } from "../transport/socket";
import type { EngineEvent, Result } from "./api";
import { databaseName, openDatabases } from "./databases";
import { callEngine } from "./engine-calls";
import { joinTabs, type Dispatch } from "./leader";

const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

const noDevice: Result<never> = { ok: false, error: { code: "NO_DEVICE" } };

export async function runEngine(username: string, onEvent: (event: EngineEvent) => void): Promise<Dispatch> {
  const { origin } = self.location;
  const databases = await openDatabases();
  const accountId = await databases.accountOf(username);
  if (accountId === undefined) return () => Promise.resolve(noDevice);
  const store = await databases.open(username, accountId);
  const identity = await loadIdentity(store);
  if (identity === undefined) return () => Promise.resolve(noDevice);

  return joinTabs({
    name: databaseName(username, accountId),
    onEvent,
    async lead(emit) {
      const http = new HttpApi({ origin, fetch: (url, init) => fetch(url, init) });
      const transport = new SocketTransport({ origin, identity, http });
      const random = { bytes: randomBytes };
      const engine = await Engine.start({ identity, store, transport, clock: systemClock, random, emit });
      return {
        dispatch: (call) => callEngine(engine, call),
        announce() {
          emit({ type: "connection", state: engine.connection });
          emit({ type: "rooms", rooms: engine.rooms() });
          emit({ type: "troubles", troubles: engine.troubles });
        },
      };
    },
  });
}
