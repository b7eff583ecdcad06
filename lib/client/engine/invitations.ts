/**
 * Invitations: Welcomes that the server kept for this device. Each is opened, judged and either becomes a room that waits for a
 * person's answer, or nothing at all (S36). Only then it is taken from the server. SPEC ENG-27.
 */

import type { Member } from "../../crypto/mls/door";
import { joinWelcome } from "../../crypto/mls/join-welcome";
import { policyOf } from "../../crypto/mls/roster";
import { fromHex } from "../../protocol/bytes";
import type { RoomId } from "../../protocol/ids";
import { inboxMaxWelcomes } from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import type { RoomPolicy } from "../../protocol/policy";
import type { RoomEvent } from "../../protocol/schemas/socket";
import { AnchorsUnavailable } from "./anchors";
import { adoptInvitation } from "./adopt-join";
import type { Keyring } from "./keyring";
import { heldKeyPackage, mayOpen } from "./key-packages";
import { deviceKey, newMeta } from "./records";
import { hasLost, type Arrival } from "./rivals";
import type { Room } from "./room";
import type { RoomHost } from "./room-host";

export interface InvitationHost extends RoomHost {
  /** The room, made when it is not there yet. */
  roomFor(roomId: RoomId, meta: ReturnType<typeof newMeta>): Room;
  room(roomId: RoomId): Room | undefined;
  readonly keyring: Keyring;
}

interface Letter {
  readonly id: number;
  readonly roomId: RoomId;
  readonly seq: number;
  readonly welcome: Uint8Array;
}

/** How far before a Welcome's commit others for the same epoch are looked for: they are made at the same time. */
const raceEvents = 64;
const laterMs = 1000;
const laterMax = 30;

export class Invitations {
  #running: Promise<void> | undefined;
  #again = false;
  #patience = 0;

  constructor(private readonly host: InvitationHost) {}

  /** Reads everything that waits; asked for again meanwhile, it looks once more. Never rejects. */
  look(): void {
    this.#patience = laterMax;
    this.#again = true;
    this.#running ??= this.#run();
  }

  get isReading(): boolean {
    return this.#running !== undefined;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#read();
      }
    } catch {
      // The store or the connection failed: what was not taken waits, and is read at the next connection.
    } finally {
      this.#running = undefined;
    }
  }

  async #read(): Promise<void> {
    const { transport } = this.host;
    for (let after = 0; ;) {
      const page = await transport.request("inbox:fetch", { after, limit: inboxMaxWelcomes });
      if (!page.ok) return;
      for (const letter of page.value.welcomes) {
        after = letter.id;
        if (await this.#open(letter)) await transport.request("inbox:take", { id: letter.id });
      }
      if (!page.value.more || page.value.welcomes.length === 0) return;
    }
  }

  /** Whether the letter is done with. */
  async #open({ roomId, seq, welcome }: Letter): Promise<boolean> {
    const { store, identity, anchors } = this.host;
    const keyPackage = await heldKeyPackage(store, welcome);
    const groupId = fromHex(roomId);
    if (keyPackage === undefined || groupId === undefined) return true;
    const known = this.host.room(roomId);
    if (known !== undefined && (isAtHome(known) || known.data.meta.membership === "leaving")) {
      // Removed and asked again while we were away: what the order says comes first.
      if (seq > known.data.meta.cursor) this.#lookLater();
      return seq <= known.data.meta.cursor;
    }
    let joined: Awaited<ReturnType<typeof joinWelcome>>;
    try {
      joined = await joinWelcome({ welcome, keyPackage, identity, anchors, groupId });
    } catch (error) {
      if (error instanceof AnchorsUnavailable) return false;
      throw error;
    }
    if (!joined.ok) return true;
    const { group, inviter } = joined;
    if (known !== undefined && Number(group.epoch) < known.data.meta.newestEpoch) return true;
    if (!mayOpen(keyPackage, group)) return true;
    const answer = await this.#answerTo(roomId, policyOf(group), inviter, known);
    if (answer === "later" || answer === "never") return answer === "never";
    const event = await this.#commitOf(roomId, seq, group.epoch - 1n);
    if (event === "later" || event === "none") return event === "none";
    const room = this.host.roomFor(roomId, newMeta(roomId, ""));
    const accepted = answer === "yes";
    const isAdopted = await adoptInvitation(room, { group, inviter, event, keyPackage, accepted });
    if (room.isForgotten) this.#lookLater();
    room.kick();
    return isAdopted;
  }

  /** What the account has said to this room already; `ask` its person. */
  async #answerTo(
    roomId: RoomId,
    policy: RoomPolicy,
    inviter: Member,
    known: Room | undefined,
  ): Promise<"yes" | "ask" | "never" | "later"> {
    if (policy.kind === "open") return "never";
    const isOwn = inviter.accountId === this.host.identity.accountId && (await this.#isLiving(inviter));
    if (isOwn === undefined) return "later";
    // Who was out is asked anew; the keyring may not know yet.
    const wasOut = known?.data.meta.hasLeft === true;
    // A yes was to the room whose secret the account knows, not to whatever else bears its id.
    if (isOwn || (!wasOut && policy.secret === this.#acceptedSecret(roomId))) return "yes";
    // Into a room that the account is in, whoever added this device.
    if (this.#isUnwanted(inviter)) return "never";
    return known?.data.group !== undefined && known.data.meta.accepted ? "never" : "ask";
  }

  /** A server that names a place that never comes is asked again at the next connection only. */
  #lookLater(): void {
    if (this.#patience === 0) return;
    this.#patience -= 1;
    this.host.clock.schedule(laterMs, () => {
      this.#again = true;
      this.#running ??= this.#run();
    });
  }

  /** The order must hold a commit there that made the Welcome's epoch; when another one did, whoever invited asks again. */
  async #commitOf(roomId: RoomId, seq: number, epoch: bigint): Promise<RoomEvent | "none" | "later"> {
    const { transport } = this.host;
    const entered = await transport.request("room:enter", { roomId });
    if (!entered.ok) return entered.error.code === "NOT_FOUND" ? "none" : "later";
    const fetched = await transport.request("events:fetch", { roomId, after: Math.max(seq - 1, 0), limit: 1 });
    if (!fetched.ok) return "later";
    const [event] = fetched.value.events;
    const peek = event && peekMessage(event.payload);
    if (event?.seq !== seq || peek?.ok !== true || peek.kind !== "commit" || peek.epoch !== epoch) return "none";
    const arrival: Arrival = { kind: "external", baseSeq: Math.max(seq - raceEvents, 0), baseEpoch: Number(epoch) };
    const lost = await hasLost({ roomId, host: this.host }, arrival, seq);
    if (!lost.ok) return "later";
    return lost.value ? "none" : event;
  }

  /** Somebody blocked: no room appears, and the inviter learns nothing. */
  #isUnwanted({ accountId }: Member): boolean {
    return this.host.keyring.get(`block/${accountId}`) === true;
  }

  /** A lost device of our own decides nothing for the others; `undefined`: that cannot be said now. */
  async #isLiving(inviter: Member): Promise<boolean | undefined> {
    const { revocations } = this.host;
    const asked = await revocations.ask([inviter]).catch(() => undefined);
    return asked?.ok === true ? revocations.of(deviceKey(inviter)) === undefined : undefined;
  }

  /** Of a room that this account has said yes to, on whichever device, and has not left. */
  #acceptedSecret(roomId: RoomId): string | undefined {
    const held = this.host.keyring.get(`room/${roomId}`);
    return held?.left === undefined ? held?.secret : undefined;
  }
}

function isAtHome({ data }: Room): boolean {
  return data.meta.membership === "joined" && data.meta.confirmed && data.group !== undefined;
}
