/**
 * How it stands with a name and an account key, by what this account's people have found out (its marks) and by where the name was
 * met first (the pins). SPEC VER-07 to VER-09. A mark of a device that was given up warns and stops as before, and vouches for
 * nobody: whoever took the device could have made it.
 */

import type { VerificationMark } from "../../../protocol/verification-mark";
import type { AccountRef, Hold, Trust } from "../views";

export interface TrustHost {
  readonly accountId: string;
  /** Account ids by the names under which they were met. */
  readonly pins: ReadonlyMap<string, string>;
  /** All marks that count, by account id. */
  marks(): readonly { readonly id: string; readonly value: VerificationMark }[];
  /** Devices of this account that were given up. */
  lost(): readonly string[];
}

interface Known {
  readonly accountId: string;
  readonly mark: VerificationMark;
  /** Signed by a device that the account still has. */
  readonly vouches: boolean;
}

export class TrustBook {
  #byAccount: ReadonlyMap<string, Known> = new Map();
  #byName: ReadonlyMap<string, readonly Known[]> = new Map();

  constructor(private readonly host: TrustHost) {}

  /** The marks, or what is known of lost devices, have changed. */
  read(): void {
    const lost = new Set(this.host.lost());
    const known = this.host
      .marks()
      .map(({ id, value }): Known => ({ accountId: id, mark: value, vouches: !lost.has(value.device) }));
    this.#byAccount = new Map(known.map((one) => [one.accountId, one]));
    const byName = new Map<string, Known[]>();
    for (const one of known) byName.set(one.mark.username, [...(byName.get(one.mark.username) ?? []), one]);
    this.#byName = byName;
  }

  of({ username, accountId }: AccountRef): Trust {
    const own = this.#byAccount.get(accountId);
    const others = this.#named(username).filter((other) => other.accountId !== accountId);
    if (own?.mark.verdict === "mismatch") return "mismatch";
    if (own?.vouches === true && own.mark.username === username) {
      const isOver = others.some((other) => goesWith(other) && other.mark.at > own.mark.at);
      if (own.mark.verdict === "verified" && !isOver) return "verified";
      return this.#isMetElsewhere(username, accountId) ? "new-key" : "unverified";
    }
    if (others.some(protects)) return "replaced";
    return this.#isMetElsewhere(username, accountId) ? "new-key" : "unverified";
  }

  markOf(accountId: string): VerificationMark | undefined {
    return this.#byAccount.get(accountId)?.mark;
  }

  /** Something was decided about this key, on a device that the account has given up since. */
  hasLapsed(accountId: string): boolean {
    const own = this.#byAccount.get(accountId);
    return own !== undefined && own.mark.verdict !== "mismatch" && !own.vouches;
  }

  /** The account that a name goes with by the newest mark that vouches for one; `undefined`: no mark says. */
  accountOf(username: string): string | undefined {
    const [newest] = this.#named(username)
      .filter(goesWith)
      .toSorted((a, b) => b.mark.at - a.mark.at);
    return newest?.accountId;
  }

  /** Names that marks speak of. */
  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Because of whom nothing may be said where these people read (VER-09). */
  holds(people: Iterable<AccountRef>): Hold[] {
    const held = new Map<string, Hold>();
    for (const { username, accountId } of people) {
      if (accountId === this.host.accountId || held.has(accountId)) continue;
      const why = this.of({ username, accountId });
      if (why === "replaced" || why === "mismatch") held.set(accountId, { username, accountId, why });
    }
    return [...held.values()];
  }

  #named(username: string): readonly Known[] {
    return this.#byName.get(username) ?? [];
  }

  #isMetElsewhere(username: string, accountId: string): boolean {
    return (this.host.pins.get(username) ?? accountId) !== accountId;
  }
}

/** Another key of the name is stopped. What a lost device accepted may stand where its thief found something better. */
function protects({ mark, vouches }: Known): boolean {
  return mark.verdict !== "accepted" || !vouches;
}

function goesWith({ mark, vouches }: Known): boolean {
  return vouches && mark.verdict !== "mismatch";
}
