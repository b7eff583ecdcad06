/** `Date` as a world's clock tells it: the server's services read it themselves. */

export async function withClock<T>(now: () => number, run: () => Promise<T>): Promise<T> {
  const real = globalThis.Date;
  globalThis.Date = new Proxy(real, {
    construct: (target, args: unknown[]) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
    get: (target, key) => (key === "now" ? now : (Reflect.get(target, key) as unknown)),
  });
  try {
    return await run();
  } finally {
    globalThis.Date = real;
  }
}
