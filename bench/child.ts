/**
 * A process of the benchmark and its questions and answers. Each question is answered in time or the child is ended;
 * a child that loses its parent ends by itself, so that nothing stays behind.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export class Child {
  readonly #process: ChildProcess;
  #answers = new Map<number, (answer: unknown) => void>();
  #asked = 0;
  #failure: Error | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(file: string, { args = [], env = {}, flags = [] }: ChildOptions = {}) {
    this.#process = fork(file, args, {
      execArgv: ["--import", "tsx", ...flags],
      env: { ...process.env, NODE_ENV: "production", ...env },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#process.on("message", ({ id, answer }: { id: number; answer: unknown }) => {
      this.#answers.get(id)?.(answer);
      this.#answers.delete(id);
    });
    this.#process.once("exit", (code, signal) => {
      this.#failure = new Error(`${file} ended with ${signal ?? String(code)}`);
      this.#fail?.(this.#failure);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async ask<T>(name: string, argument?: unknown, timeoutMs = 60_000): Promise<T> {
    const id = ++this.#asked;
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#process.kill("SIGKILL");
        reject(new Error(`${name} took more than ${timeoutMs} ms`));
      }, timeoutMs);
      this.#fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      if (this.#failure !== undefined) {
        this.#fail(this.#failure);
        return;
      }
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer as T);
      });
      this.#process.send({ id, name, argument });
    });
  }

  /** Ends the process, by force when it does not listen. */
  async end(): Promise<void> {
    this.#fail = undefined;
    if (this.#failure !== undefined) return;
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await exit;
    clearTimeout(timer);
  }
}

interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** For Node itself, such as `--cpu-prof`. */
  readonly flags?: readonly string[];
}

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** The child's side: answers what its parent asks. What throws ends the child. */
export function answerParent(handlers: Handlers, close: () => Promise<void> | void = () => undefined): void {
  process.on("message", ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`nobody answers ${name}`);
    void Promise.resolve(handler(argument)).then((answer) => process.send?.({ id, answer }));
  });
  const end = () => {
    void Promise.resolve(close()).finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("disconnect", end);
}
