/** How often one address, account or device may ask. Each limit has its reason; the host may widen all of them. */

import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

import { Refused } from "../refused";

const minute = 60;
const hour = 60 * minute;

/** Points per window in seconds. */
const rules = {
  /** Requests, two for one account. Making one costs the server some milliseconds and a name. */
  register: { points: 40, seconds: 10 * minute },
  /** Guessing one account from one address. Others' guesses do not lock its owner out (W5). */
  loginPair: { points: 10, seconds: 5 * minute },
  /** Guessing many accounts from one address. */
  loginAddress: { points: 60, seconds: 5 * minute },
  /** Links that wait take memory; an honest person shows a few codes. */
  link: { points: 20, seconds: 10 * minute },
  lookup: { points: 600, seconds: minute },
  /** Claims use up what others publish. */
  claimAddress: { points: 120, seconds: minute },
  claimTarget: { points: 300, seconds: minute },
  /** Account certificates over the socket, each counted; by account. All its devices may come into a full room at once. */
  certificates: { points: 10_000, seconds: minute },
  /** Chunks of the archive, read or written; by account. A whole archive is read within minutes. */
  archive: { points: 600, seconds: minute },
  /** Devices whose revocations are asked for, each counted; by account. All its devices may connect to full rooms at once. */
  revocations: { points: 20_000, seconds: minute },
  /** Pages of the transparency log; by account. Who was away for long reads some at a time. */
  logEntries: { points: 300, seconds: minute },
  /** Signed-in routes: devices, KeyPackages, sign-out. */
  account: { points: 120, seconds: minute },
  connect: { points: 120, seconds: minute },
  /** Rooms stay for ever. */
  createRoom: { points: 20, seconds: 10 * minute },
  /** Twenty events a second, held for half a minute; by account. */
  submit: { points: 600, seconds: minute / 2 },
  /** Commits cost every member some hundred times what a message costs; by account. */
  commit: { points: 120, seconds: minute },
  /** Devices that one account has Welcomes stored for: a room of a hundred people, with what they carry, in one go. */
  welcome: { points: 300, seconds: hour },
  /** And for one and the same device: an inbox of a hundred cannot be flushed by one account within hours. */
  welcomePair: { points: 20, seconds: hour },
  /** All socket requests of one socket, answered or refused. */
  request: { points: 3000, seconds: minute },
} as const;

export type LimitName = keyof typeof rules;

/** One limit of one subject that lives as long as its meter: no table to look it up in, no timer to forget it. */
export class Meter {
  #used = 0;
  #endsAt = 0;

  constructor(
    private readonly points: number,
    private readonly windowMs: number,
  ) {}

  /** Throws `Refused` with the wait when the limit is used up. */
  take(): void {
    const now = performance.now();
    if (now >= this.#endsAt) {
      this.#used = 0;
      this.#endsAt = now + this.windowMs;
    }
    this.#used += 1;
    if (this.#used > this.points) throw new Refused("TOO_MANY_REQUESTS", Math.max(1, Math.ceil(this.#endsAt - now)));
  }
}

export class RateLimits {
  readonly #limiters: ReadonlyMap<LimitName, RateLimiterMemory>;

  /** `factor` multiplies the points of every limit. */
  constructor(private readonly factor: number) {
    const names = Object.keys(rules) as LimitName[];
    this.#limiters = new Map(
      names.map((name) => {
        const { points, seconds } = rules[name];
        return [
          name,
          new RateLimiterMemory({ keyPrefix: name, points: Math.floor(points * factor), duration: seconds }),
        ];
      }),
    );
  }

  /** For who is counted alone, such as a socket. */
  meter(name: LimitName): Meter {
    const { points, seconds } = rules[name];
    return new Meter(Math.floor(points * this.factor), seconds * 1000);
  }

  /** Throws `Refused` with the wait when the limit is used up. */
  async take(name: LimitName, key: string, points = 1): Promise<void> {
    try {
      await this.#limiters.get(name)?.consume(key, points);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw new Refused("TOO_MANY_REQUESTS", Math.max(1, error.msBeforeNext));
      throw error;
    }
  }
}
