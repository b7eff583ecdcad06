/**
 * One engine per account and browser: the worker that holds the Web Lock runs it, the workers of other tabs pass
 * their calls to it and hear its events. When its tab closes the lock goes to the next, which reads the store and goes
 * on. No tab is locked out.
 */

import { z } from "zod";

import type { EngineEvent, Result } from "./api";
import { callSchema, type Call } from "./messages";

type Answer = Result<unknown>;
export type Dispatch = (call: Call) => Promise<Answer>;

/** What the leading worker runs. */
export interface Led {
  readonly dispatch: Dispatch;
  /** Tells the newest state to a worker that has just come. */
  announce(): void;
}

export interface LeaderOptions {
  readonly name: string;
  /** Called once this worker leads; `emit` reaches all tabs. */
  lead(emit: (event: EngineEvent) => void): Promise<Led>;
  /** Events for this worker's own page. */
  onEvent(event: EngineEvent): void;
}

const answerMs = 30_000;
/** After an engine that could not start: its store may be readable, or have room, a moment later. */
const leadAgainMs = 2000;

const channelMessage = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("call"), call: callSchema }),
  z.strictObject({
    type: z.literal("answer"),
    id: z.string(),
    result: z.custom<Answer>((value) => typeof value === "object"),
  }),
  z.strictObject({ type: z.literal("event"), event: z.custom<EngineEvent>((value) => typeof value === "object") }),
  z.strictObject({ type: z.literal("hello") }),
  z.strictObject({ type: z.literal("leading") }),
]);
type ChannelMessage = z.infer<typeof channelMessage>;

export function joinTabs(options: LeaderOptions): Dispatch {
  const channel = new BroadcastChannel(options.name);
  const waiting = new Map<string, { call: Call; resolve: (answer: Answer) => void }>();
  const answer = (id: string, result: Answer) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  };
  let led: Led | undefined;
  const post = (message: ChannelMessage) => {
    channel.postMessage(message);
  };

  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const parsed = channelMessage.safeParse(data);
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.type) {
      case "call":
        if (led !== undefined) {
          const { id } = message.call;
          void ask(led, message.call).then((result) => {
            post({ type: "answer", id, result });
          });
        }
        return;
      case "answer":
        answer(message.id, message.result);
        return;
      case "event":
        options.onEvent(message.event);
        return;
      case "hello":
        led?.announce();
        return;
      case "leading":
        // The old leader went with our calls. Done or not, they are asked again: every call carries the ids of what it makes.
        for (const { call } of waiting.values()) post({ type: "call", call });
    }
  };
  post({ type: "hello" });

  const lead = async () => {
    const leading = await options.lead((event) => {
      options.onEvent(event);
      post({ type: "event", event });
    });
    led = leading;
    post({ type: "leading" });
    for (const { call } of waiting.values()) {
      void ask(leading, call).then((result) => {
        answer(call.id, result);
      });
    }
    leading.announce();
    // Held until this worker ends with its tab.
    await new Promise<never>(() => undefined);
  };
  const queueUp = () => {
    navigator.locks.request(options.name, lead).catch(() => {
      // The engine did not start. The lock is free: another tab may do better, and so may this one later.
      for (const id of [...waiting.keys()]) answer(id, failure);
      setTimeout(queueUp, leadAgainMs);
    });
  };
  queueUp();

  return (call) => {
    if (led !== undefined) return led.dispatch(call);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        answer(call.id, failure);
      }, answerMs);
      waiting.set(call.id, {
        call,
        resolve(result) {
          clearTimeout(timer);
          resolve(result);
        },
      });
      post({ type: "call", call });
    });
  };
}

/** A call that throws fails alone: the lock must not go while the engine runs, or two would lead. */
async function ask(led: Led, call: Call): Promise<Answer> {
  try {
    return await led.dispatch(call);
  } catch {
    return failure;
  }
}

const failure: Answer = { ok: false, error: { code: "WORKER_FAILED" } };
