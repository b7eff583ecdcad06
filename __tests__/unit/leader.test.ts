/**
 * Tabs of one account: one leads, all are served, and any of them may go at any moment (ENG-23). Node's own
 * BroadcastChannel; Web Locks by the small double in support.
 */

import type { EngineEvent, Result } from "@/lib/client/worker/api";
import { joinTabs, type Dispatch } from "@/lib/client/worker/leader";
import type { Call } from "@/lib/client/worker/messages";

import { until } from "../support/person";
import { LockTable } from "../support/web-locks";

const online: EngineEvent = { type: "connection", state: "online" };
const roomId = "ab".repeat(16);

/** What all tabs of a browser share. */
class Browser {
  readonly locks = new LockTable();
  readonly name = `leader-test-${String(browsers++)}`;
  readonly tabs: Tab[] = [];
  /** What was asked of an engine, with the tab that led. */
  readonly asked: string[] = [];
  /** What came of it, as a store keeps it: done once per id, however often it is asked. */
  readonly done = new Map<string, string>();

  open(how: Partial<How> = {}): Tab {
    const tab = new Tab(this, this.tabs.length, { answers: () => true, starts: () => true, ...how });
    this.tabs.push(tab);
    return tab;
  }

  get leading(): Tab[] {
    return this.tabs.filter((tab) => tab.isLeading && tab.isOpen);
  }

  close(): void {
    for (const tab of this.tabs) tab.close();
  }
}
let browsers = 0;

interface How {
  /** False: the call is done, and the tab dies before it can say so. Throws as an engine may. */
  answers(call: Call): boolean;
  starts(): boolean;
}

const realBroadcastChannel = globalThis.BroadcastChannel;
const channels = new Map<Tab, BroadcastChannel>();

class Tab {
  isOpen = true;
  isLeading = false;
  emit: (event: EngineEvent) => void = () => undefined;
  readonly events: EngineEvent[] = [];
  readonly #dispatch: Dispatch;

  constructor(
    private readonly browser: Browser,
    readonly index: number,
    how: How,
  ) {
    // The globals of this tab's worker, while it starts.
    const remember = (channel: BroadcastChannel) => channels.set(this, channel);
    globalThis.BroadcastChannel = class extends realBroadcastChannel {
      constructor(name: string) {
        super(name);
        remember(this);
      }
    };
    Object.defineProperty(globalThis, "navigator", {
      value: { locks: browser.locks.locksOf(this) },
      configurable: true,
    });
    this.#dispatch = joinTabs({
      name: browser.name,
      onEvent: (event) => this.isOpen && this.events.push(event),
      lead: (emit) => {
        if (!how.starts()) return Promise.reject(new Error("no engine"));
        this.isLeading = true;
        this.emit = emit;
        const dispatch = (call: Call): Promise<Result<unknown>> => {
          browser.asked.push(`${call.id} by ${String(index)}`);
          if (!browser.done.has(call.id)) browser.done.set(call.id, `${call.name} by ${String(index)}`);
          if (!how.answers(call)) return new Promise<never>(() => undefined);
          return Promise.resolve({ ok: true, value: browser.done.get(call.id) });
        };
        return Promise.resolve({
          dispatch,
          announce: () => {
            emit(online);
          },
        });
      },
    });
    globalThis.BroadcastChannel = realBroadcastChannel;
  }

  ask(id: string): Promise<Result<unknown>> {
    return this.#dispatch({ id, name: "join", args: [roomId] });
  }

  /** As the browser ends a worker: at once, and nothing of it runs any more. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    channels.get(this)?.close();
    this.browser.locks.abandon(this);
  }
}

let browser: Browser;
const realNavigator = Object.getOwnPropertyDescriptor(globalThis, "navigator");
beforeEach(() => {
  browser = new Browser();
});
afterEach(() => {
  browser.close();
  channels.clear();
  if (realNavigator === undefined) Reflect.deleteProperty(globalThis, "navigator");
  else Object.defineProperty(globalThis, "navigator", realNavigator);
});

async function ledBy(index: number): Promise<void> {
  await until(() => browser.leading.some((tab) => tab.index === index), `tab ${String(index)} leads`);
  expect(browser.leading.map((tab) => tab.index)).toEqual([index]);
}

test("ENG-23 one tab leads, and every tab is served by it", async () => {
  const tabs = [browser.open(), browser.open(), browser.open()];
  const answers = await Promise.all(tabs.map((tab, index) => tab.ask(`call ${String(index)}`)));
  expect(answers).toEqual(tabs.map(() => ({ ok: true, value: "join by 0" })));
  await ledBy(0);
  expect(new Set(browser.asked)).toEqual(new Set(["call 0 by 0", "call 1 by 0", "call 2 by 0"]));
});

test("ENG-23 what the leader tells reaches every tab, and a tab that comes late hears the state", async () => {
  const [first, second] = [browser.open(), browser.open()];
  await ledBy(0);
  first.emit({ type: "connection", state: "offline" });
  for (const tab of [first, second]) {
    await until(() => tab.events.some((event) => event.type === "connection" && event.state === "offline"), "told");
  }
  const late = browser.open();
  await until(() => late.events.length > 0, "the late tab is told");
  expect(late.events[0]).toEqual(online);
});

test("ENG-23 when the leader closes the next takes over, until the last", async () => {
  const tabs = [browser.open(), browser.open(), browser.open()];
  for (const [index, tab] of tabs.entries()) {
    await ledBy(index);
    const open = tabs.slice(index);
    const answers = await Promise.all(open.map((one) => one.ask(`turn ${String(index)} of ${String(one.index)}`)));
    expect(answers).toEqual(open.map(() => ({ ok: true, value: `join by ${String(index)}` })));
    tab.close();
  }
  // Nobody is left, and nothing is locked: a new tab leads at once.
  const next = browser.open();
  await ledBy(next.index);
  expect(await next.ask("new")).toEqual({ ok: true, value: "join by 3" });
});

test("ENG-23 a tab that closes while it waits its turn keeps nobody out", async () => {
  const [leader, waiting, third] = [browser.open(), browser.open(), browser.open()];
  await ledBy(0);
  waiting.close();
  leader.close();
  await ledBy(2);
  expect(await third.ask("after")).toEqual({ ok: true, value: "join by 2" });
});

test("ENG-23 calls under way when the leader dies are asked again under their ids, done once and answered once", async () => {
  const leader = browser.open({ answers: () => false });
  const [second, third] = [browser.open(), browser.open()];
  await ledBy(0);
  const answers: string[] = [];
  const calls = [second.ask("of the next leader"), third.ask("of another"), third.ask("of another, too")];
  calls.forEach((call, index) => {
    void call.then((result) => answers.push(`${String(index)} ${JSON.stringify(result)}`));
  });
  await until(() => browser.done.size === 3, "the leader has done all three");
  expect(answers).toEqual([]);
  leader.close();
  await ledBy(1);
  await Promise.all(calls);
  // The first leader's deed stands: the id is known, and the second gives the same answer.
  const deed = JSON.stringify({ ok: true, value: "join by 0" });
  expect(answers.sort()).toEqual([`0 ${deed}`, `1 ${deed}`, `2 ${deed}`]);
  for (const id of ["of the next leader", "of another", "of another, too"]) {
    expect(browser.asked).toContain(`${id} by 0`);
    expect(browser.asked).toContain(`${id} by 1`);
  }
  expect(browser.done.size).toBe(3);
});

test("a call that the engine throws at fails alone, and the leader goes on leading", async () => {
  const throwing = { answers: (call: Call) => (call.id.startsWith("bad") ? fail() : true) };
  browser.open(throwing);
  const second = browser.open();
  await ledBy(0);
  expect(await second.ask("bad")).toEqual({ ok: false, error: { code: "WORKER_FAILED" } });
  expect(await second.ask("good")).toEqual({ ok: true, value: "join by 0" });
  await ledBy(0);
});

test("a call that throws while a tab takes over does not cost it the lead", async () => {
  const leader = browser.open({ answers: () => false });
  const second = browser.open({ answers: (call) => (call.id === "bad" ? fail() : true) });
  const third = browser.open();
  await ledBy(0);
  const calls = [second.ask("bad"), second.ask("good")];
  await until(() => browser.done.size === 2, "under way");
  leader.close();
  const results = await Promise.all(calls);
  expect(results.map(({ ok }) => ok)).toEqual([false, true]);
  expect(await third.ask("later")).toEqual({ ok: true, value: "join by 1" });
  await ledBy(1);
});

test("a tab whose engine does not start lets another lead, and tries again", async () => {
  let attempts = 0;
  const first = browser.open({ starts: () => ++attempts > 1 });
  // Alone it fails at once, with no waiting for a leader that will not come.
  expect(await first.ask("early")).toEqual({ ok: false, error: { code: "WORKER_FAILED" } });
  const second = browser.open();
  await ledBy(1);
  expect(await first.ask("served")).toEqual({ ok: true, value: "join by 1" });
  second.close();
  await ledBy(0);
  expect(await first.ask("own")).toEqual({ ok: true, value: "join by 0" });
});

function fail(): never {
  throw new Error("broken");
}
