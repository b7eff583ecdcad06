/** Entry of the Web Worker. The first message gives it a role; every later one is a call. */

import { z } from "zod";

import type { Result } from "./api";
import type { Dispatch } from "./leader";
import { callSchema, roleSchema, type FromWorker, type Role } from "./messages";

// The content security policy has no 'unsafe-eval': zod must not try to compile its parsers.
z.config({ jitless: true });

let dispatch: Promise<Dispatch> | undefined;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Each role is loaded alone: an engine starts without what registering and signing in take. */
async function takeRole(role: Role): Promise<Dispatch> {
  if (role.role === "engine") {
    const { runEngine } = await import("./engine-role");
    return await runEngine(role.username, (event) => {
      post({ type: "event", event });
    });
  }
  const { callAccounts } = await import("./accounts-role");
  return (call) =>
    callAccounts(call, (step) => {
      post({ type: "progress", id: call.id, step });
    });
}

async function answer(data: unknown, roleTaken: Promise<Dispatch>): Promise<void> {
  const call = callSchema.safeParse(data);
  if (!call.success) return;
  let result: Result<unknown>;
  try {
    result = await (await roleTaken)(call.data);
  } catch {
    // Whatever went wrong stays in here: its message could hold what must not be shown.
    result = { ok: false, error: { code: "WORKER_FAILED" } };
  }
  post({ type: "answer", id: call.data.id, result });
}

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (dispatch === undefined) {
    const role = roleSchema.safeParse(data);
    if (role.success) dispatch = takeRole(role.data);
    return;
  }
  void answer(data, dispatch);
};
