/**
 * Sees what no engine and no server sees: who was in the group for which a message was sealed, under which key, and what
 * it says. Fed by the test's own copies of the door functions (see watched-door.ts); judges afterwards.
 */

import type { Group } from "@/lib/crypto/mls/door";
import { openGroup } from "@/lib/crypto/mls/inside";
import { members, ownMember } from "@/lib/crypto/mls/roster";
import { deviceKey } from "@/lib/client/engine/records";
import { toHex } from "@/lib/protocol/bytes";
import { decodeContent, type Body } from "@/lib/protocol/content";
import type { Request, RoomEvent } from "@/lib/protocol/schemas/socket";

import { EpochBook, epochName } from "./epochs";

/** In every text that is sent in a world, and nowhere else. */
export const marker = "PLAIN~";

export interface Sealed {
  readonly by: string;
  /** Names one epoch of one branch. */
  readonly epoch: string;
  readonly readers: ReadonlySet<string>;
  readonly messageId: string | undefined;
  readonly body: Body | undefined;
  /** How often the server had gone back by then. */
  readonly history: number;
}

interface Accepted {
  readonly by: string;
  readonly device: string;
  readonly roomId: string;
  readonly text: string;
  /** Newest event that the device had applied when it accepted. */
  readonly head: number;
}

interface Sender {
  readonly identity: { readonly accountId: string; readonly deviceId: string };
}

export class Witness {
  readonly violations: string[] = [];
  /** What the directory answers about the stock: full, so that worlds do not make KeyPackages all the time. */
  readonly stock = 20;
  /** By the bytes of the event. */
  readonly #sealed = new Map<string, Sealed>();
  readonly #joins = new Map<string, string>();
  readonly #epochs = new Map<string, Set<string>>();
  readonly #keys = new Map<string, string>();
  readonly #keyOf = new Map<string, string>();
  /** Messages that `send` has accepted, by id. */
  readonly accepted = new Map<string, Accepted>();
  readonly book = new EpochBook();
  #history = 0;
  /** Whether a frame that was under way when the server went back has reached it all the same: it names what is lost. */
  hasStrays = false;
  readonly #invited = new Map<string, number>();
  readonly #forgotten = new Map<string, number>();

  constructor(private readonly certificates: ReadonlyMap<string, Uint8Array>) {}

  certificatesOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return Promise.resolve(new Map([...this.certificates].filter(([accountId]) => accountIds.includes(accountId))));
  }

  /** A message or commit was encrypted from `group`. */
  sealedWith(
    group: Group,
    kind: "application" | "handshake",
    plaintext: Uint8Array | undefined,
    bytes: Uint8Array,
  ): void {
    const own = ownMember(group);
    const { state } = openGroup(group);
    const epoch = epochName(group);
    const generation = state.secretTree[own.leafIndex * 2]?.[kind].generation ?? -1;
    const content = plaintext && decodeContent(plaintext);
    const key = toHex(bytes);
    this.#keyOf.set(key, `${epoch}/${kind}/${String(own.leafIndex)}/${String(generation)}`);
    this.#sealed.set(key, {
      by: deviceKey(own),
      epoch,
      readers: new Set(members(group).map(deviceKey)),
      messageId: content?.id,
      body: content?.body,
      history: this.#history,
    });
  }

  /** A device made a way into a room. */
  joinedWith(by: string, bytes: Uint8Array): void {
    this.#joins.set(toHex(bytes), by);
  }

  /** A device looks at an event from this state. */
  looksFrom(group: Group): void {
    const by = deviceKey(ownMember(group));
    const epochs = this.#epochs.get(by) ?? new Set();
    epochs.add(epochName(group));
    this.#epochs.set(by, epochs);
  }

  wasIn(device: string, epoch: string): boolean {
    return this.#epochs.get(device)?.has(epoch) === true;
  }

  /** Somebody asks an account into a room, whose newest seq is `head`. */
  invites(roomId: string, inviter: string, invited: string, head: number): void {
    const key = `${roomId}/${inviter}/${invited}`;
    this.#invited.set(key, this.#invited.get(key) ?? head);
  }

  /** Whether the inviter had asked the account before the event of this seq. */
  hasInvited(roomId: string, inviter: string, invited: string, seq: number): boolean {
    return (this.#invited.get(`${roomId}/${inviter}/${invited}`) ?? Infinity) < seq;
  }

  /** A device deleted all it had of a room, whose newest seq was `head`. */
  forgot(device: string, roomId: string, head: number): void {
    this.#forgotten.set(`${device}/${roomId}`, head);
  }

  /** Seq up to which a device has deleted what it had of a room. */
  forgottenUntil(device: string, roomId: string): number {
    return this.#forgotten.get(`${device}/${roomId}`) ?? 0;
  }

  sealedAs(payload: Uint8Array): Sealed | undefined {
    return this.#sealed.get(toHex(payload));
  }

  /** Every ciphertext that was ever made of a message, in the log or not. */
  allOf(messageId: string): Sealed[] {
    return [...this.#sealed.values()].filter((sealed) => sealed.messageId === messageId);
  }

  joinOf(payload: Uint8Array): string | undefined {
    return this.#joins.get(toHex(payload));
  }

  /** Something leaves a device: nothing readable, and no key used for two different things. */
  sent(device: Sender, name: string, payload: unknown): void {
    if (name === "room:attest") {
      const { groupInfo, seq } = payload as Request<"room:attest">;
      if (groupInfo !== undefined) this.book.brought(groupInfo, seq);
    }
    for (const bytes of bytesIn(payload)) {
      if (Buffer.from(bytes).includes(marker))
        this.violations.push(`plaintext left ${deviceKey(device.identity)} in ${name}`);
      const hex = toHex(bytes);
      const key = this.#keyOf.get(hex);
      if (key === undefined) continue;
      const other = this.#keys.get(key);
      if (other !== undefined && other !== hex)
        this.violations.push(`one key for two ciphertexts: ${key.slice(0, 40)}`);
      this.#keys.set(key, hex);
    }
    if (JSON.stringify(payload, (_, value: unknown) => (ArrayBuffer.isView(value) ? "" : value)).includes(marker)) {
      this.violations.push(`plaintext left ${deviceKey(device.identity)} in ${name}`);
    }
  }

  wentBack(): void {
    this.#history += 1;
  }

  stored(_roomId: string, event: RoomEvent): void {
    const sealed = this.sealedAs(event.payload);
    if (sealed !== undefined && sealed.history < this.#history) this.hasStrays = true;
    if (Buffer.from(event.payload).includes(marker)) this.violations.push("plaintext reached the server");
  }
}

function bytesIn(payload: unknown): Uint8Array[] {
  if (typeof payload !== "object" || payload === null) return [];
  return Object.values(payload).filter((value): value is Uint8Array => ArrayBuffer.isView(value));
}
