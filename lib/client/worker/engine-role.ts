/** The worker as engine of one account: leads, or passes calls to the tab that does. */

import { randomBytes } from "../../crypto/random";
import { Engine } from "../engine/engine";
import type { Clock } from "../engine/ports";
import { HttpApi } from "../transport/http";
import { SocketTransport } from "../transport/socket";
import type { EngineEvent, LocalErrorCode } from "./api";
import { openBrowserDatabases } from "./browser-databases";
import { buildHash } from "./build-hash";
import { databaseName, type Databases } from "./databases";
import { callEngine } from "./engine-calls";
import { heldDevice } from "./held-device";
import { joinTabs, type Dispatch } from "./leader";
import { RunningEngine } from "./running-engine";

const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

function refuse(code: LocalErrorCode): Dispatch {
  return () => Promise.resolve({ ok: false, error: { code } });
}

export async function runEngine(username: string, onEvent: (event: EngineEvent) => void): Promise<Dispatch> {
  let databases: Databases;
  try {
    databases = await openBrowserDatabases();
  } catch {
    return refuse("STORAGE_BLOCKED");
  }
  const dispatch = await takePart(databases, username, onEvent);
  return async (call) => {
    // Every tab reads that by itself: it is no business of the engine, and told when there is none.
    if (call.name !== "setAside") return await dispatch(call);
    return { ok: true, value: await databases.listSetAside(username) };
  };
}

async function takePart(
  databases: Databases,
  username: string,
  onEvent: (event: EngineEvent) => void,
): Promise<Dispatch> {
  const { origin } = self.location;
  const device = await heldDevice(databases, username);
  if (device.state === "none") return refuse("NO_DEVICE");
  if (device.state === "set-aside") return refuse("DEVICE_SET_ASIDE");
  const { store, identity } = device;
  return joinTabs({
    name: databaseName(username, device.entry),
    onEvent,
    async lead(emit) {
      const http = new HttpApi({ origin, fetch: (url, init) => fetch(url, init) });
      const random = { bytes: randomBytes };
      const build = await buildHash();
      const running = await RunningEngine.start(identity, store, (own) => {
        const transport = new SocketTransport({ origin, identity: own, http });
        return Engine.start({ identity: own, store, transport, clock: systemClock, random, emit, build });
      });
      const announce = (engine: Engine) => {
        emit({ type: "connection", state: engine.connection });
        emit({ type: "rooms", rooms: engine.rooms() });
        emit({ type: "troubles", troubles: engine.troubles });
      };
      return {
        async dispatch(call) {
          if (call.name !== "identityChanged") return await callEngine(await running.current(), call);
          await running.reload();
          return { ok: true, value: null };
        },
        announce: () => void running.current().then(announce),
      };
    },
  });
}
