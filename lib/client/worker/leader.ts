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
          void led.dispatch(message.call).then((result) => {
            post({ type: "answer", id, result });
          });
        }
        return;
      case "answer":
        waiting.get(message.id)?.resolve(message.result);
        waiting.delete(message.id);
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

  void navigator.locks.request(options.name, async () => {
    led = await options.lead((event) => {
      options.onEvent(event);
      post({ type: "event", event });
    });
    post({ type: "leading" });
    for (const [id, { call, resolve }] of waiting) {
      waiting.delete(id);
      resolve(await led.dispatch(call));
    }
    led.announce();
    // Held until this worker ends with its tab.
    await new Promise<never>(() => undefined);
  });

  return (call) => {
    if (led !== undefined) return led.dispatch(call);
    return new Promise((resolve) => {
      waiting.set(call.id, { call, resolve });
      post({ type: "call", call });
      setTimeout(() => {
        if (waiting.delete(call.id)) resolve(failure);
      }, answerMs);
    });
  };
}

const failure: Answer = { ok: false, error: { code: "WORKER_FAILED" } };
