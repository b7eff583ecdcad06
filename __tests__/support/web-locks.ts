/**
 * Web Locks as far as tabs of one browser need them (W3C Web Locks API, section 3): exclusive locks, first come first
 * served per name, granted asynchronously, held until the callback's promise settles, and given up with the tab.
 */

type Granted = (lock: { readonly name: string; readonly mode: "exclusive" }) => Promise<unknown>;

interface Asked {
  readonly owner: object;
  readonly grant: () => void;
}

/** One browser profile. */
export class LockTable {
  readonly #queues = new Map<string, Asked[]>();

  /** `navigator.locks` of one tab; `owner` stands for the tab. */
  locksOf(owner: object) {
    return {
      request: <T>(name: string, granted: Granted): Promise<T> =>
        new Promise<T>((resolve, reject) => {
          const asked: Asked = {
            owner,
            grant: () => {
              void granted({ name, mode: "exclusive" })
                .finally(() => {
                  this.#remove(name, (other) => other === asked);
                })
                .then((value) => {
                  resolve(value as T);
                }, reject);
            },
          };
          const queue = this.#queues.get(name) ?? [];
          this.#queues.set(name, queue);
          queue.push(asked);
          if (queue[0] === asked) this.#grantFirst(name);
        }),
    };
  }

  /** The tab is gone: what it held is free, what it asked for is forgotten. */
  abandon(owner: object): void {
    for (const name of this.#queues.keys()) this.#remove(name, (asked) => asked.owner === owner);
  }

  #remove(name: string, isGone: (asked: Asked) => boolean): void {
    const queue = this.#queues.get(name) ?? [];
    const [first] = queue;
    const left = queue.filter((asked) => !isGone(asked));
    this.#queues.set(name, left);
    if (left[0] !== first) this.#grantFirst(name);
  }

  /** In a task of its own, as browsers do. */
  #grantFirst(name: string): void {
    const first = this.#queues.get(name)?.[0];
    if (first === undefined) return;
    setImmediate(() => {
      if (this.#queues.get(name)?.[0] === first) first.grant();
    });
  }
}
