/**
 * The witness's book of epochs: every one that a device made, from which one and by whom, who sat in its tree and what its
 * policy said. With a room's log it tells the one history that members must have gone through: the first commit of each
 * epoch in the order, whoever may have made others.
 */

import type { Group, Member } from "@/lib/crypto/mls/door";
import { epochAuthenticator, members, policyOf } from "@/lib/crypto/mls/roster";
import { toHex } from "@/lib/protocol/bytes";
import type { RoomPolicy } from "@/lib/protocol/policy";
import type { RoomEvent } from "@/lib/protocol/schemas/socket";

export interface Epoch {
  /** Names one epoch of one branch. */
  readonly name: string;
  readonly number: number;
  readonly members: readonly Member[];
  readonly policy: RoomPolicy;
}

/** An epoch that counts, and the event that made it. */
export interface ChainLink {
  readonly seq: number;
  /** The device that made it. */
  readonly by: string;
  readonly kind: Making["kind"];
  readonly epoch: Epoch;
}

interface Making {
  readonly kind: "genesis" | "commit" | "external";
  readonly by: string;
  /** Of a commit: the epoch it was made in. Of an external one: the GroupInfo it was made from, in hex. */
  readonly from: string;
  readonly to: Epoch;
}

export function epochName(group: Group): string {
  return `${String(group.epoch)}:${toHex(epochAuthenticator(group)).slice(0, 24)}`;
}

export class EpochBook {
  /** By the bytes of the event. */
  readonly #makings = new Map<string, Making>();
  /** Name of the epoch that a GroupInfo is of, by its bytes. */
  readonly #infos = new Map<string, string>();
  /** Seq of the event whose epoch a GroupInfo is of, for those that members bring later. */
  readonly #brought = new Map<string, number>();

  founded(by: string, group: Group, groupInfo: Uint8Array): void {
    this.#make(groupInfo, { kind: "genesis", by, from: "", to: epochOf(group) }, groupInfo);
  }

  committed(by: string, from: Group, to: Group, commit: Uint8Array, groupInfo: Uint8Array): void {
    this.#make(commit, { kind: "commit", by, from: epochName(from), to: epochOf(to) }, groupInfo);
  }

  entered(by: string, from: Uint8Array, to: Group, commit: Uint8Array, groupInfo: Uint8Array): void {
    this.#make(commit, { kind: "external", by, from: toHex(from), to: epochOf(to) }, groupInfo);
  }

  /** A member brings the GroupInfo that the server lacks. */
  brought(groupInfo: Uint8Array, seq: number): void {
    this.#brought.set(toHex(groupInfo), seq);
  }

  /** The epochs that count, by the room's log. */
  chain(log: readonly RoomEvent[]): ChainLink[] {
    const chain: ChainLink[] = [];
    for (const event of log) {
      const making = this.#makings.get(toHex(event.payload));
      if (making === undefined || !this.#isNext(making, chain)) continue;
      chain.push({ seq: event.seq, by: making.by, kind: making.kind, epoch: making.to });
    }
    return chain;
  }

  /** How each epoch in the log was made, for who looks for a fault. */
  told(log: readonly RoomEvent[]): string[] {
    return log.flatMap((event) => {
      const making = this.#makings.get(toHex(event.payload));
      if (making === undefined) return [];
      const from =
        making.kind === "external" ? (this.#infos.get(making.from) ?? "a GroupInfo brought later") : making.from;
      return [`${String(event.seq)} ${making.kind} by ${making.by}: ${from} -> ${making.to.name}`];
    });
  }

  #isNext({ kind, from }: Making, chain: readonly ChainLink[]): boolean {
    const newest = chain.at(-1);
    if (kind === "genesis" || newest === undefined) return kind === "genesis" && newest === undefined;
    if (kind === "commit") return from === newest.epoch.name;
    return this.#infos.get(from) === newest.epoch.name || this.#brought.get(from) === newest.seq;
  }

  #make(event: Uint8Array, making: Making, groupInfo: Uint8Array): void {
    this.#makings.set(toHex(event), making);
    this.#infos.set(toHex(groupInfo), making.to.name);
  }
}

function epochOf(group: Group): Epoch {
  return { name: epochName(group), number: Number(group.epoch), members: members(group), policy: policyOf(group) };
}
