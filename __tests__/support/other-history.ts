/**
 * An operator who shows one person another history of a room: events are left out, kept back, moved or put in, and whoever is
 * told it gets places without holes, so that nothing but the room's transcript can tell. Everything else is the honest server's.
 */

import type { Answer, Request, RequestName, RoomEvent } from "@/lib/protocol/schemas/socket";
import type { RoomId } from "@/lib/protocol/ids";

import type { Tampering } from "./tampered-transport";

/** What is told instead of the next event of the true order. */
export type Shape = (event: RoomEvent) => readonly RoomEvent[];

export const honestly: Shape = (event) => [event];

export class OtherHistory {
  readonly #told: RoomEvent[];
  /** Newest seq of the true order that was turned into something told. */
  #seen: number;
  shape: Shape = honestly;

  /** `before`: the whole of the room's true order until now, which is told as it is. */
  constructor(
    readonly roomId: RoomId,
    before: readonly RoomEvent[],
  ) {
    this.#told = [...before];
    this.#seen = before.length;
  }

  get tampering(): Tampering {
    return {
      deliver: (roomId, event) =>
        roomId === this.roomId ? this.#next(event).map((told) => [roomId, told] as const) : [[roomId, event]],
      change: (name, answer, payload) => this.#answer(name, answer, payload),
      // What somebody attests names places of the true order.
      answer: (name) => (name === "room:attest" ? { ok: true, value: { wanted: false } } : undefined),
    };
  }

  #next(event: RoomEvent): RoomEvent[] {
    if (event.seq !== this.#seen + 1) return [];
    this.#seen = event.seq;
    return this.shape(event).map((shaped) => {
      const told = { ...shaped, seq: this.#told.length + 1 };
      this.#told.push(told);
      return told;
    });
  }

  #answer(name: RequestName, answer: unknown, payload: unknown): unknown {
    if (typeof payload !== "object" || payload === null || !("roomId" in payload) || payload.roomId !== this.roomId)
      return answer;
    const head = this.#told.length;
    switch (name) {
      case "room:enter":
        return { ...(answer as Answer<"room:enter">), head };
      case "events:fetch": {
        const { after, limit } = payload as Request<"events:fetch">;
        return { events: this.#told.filter(({ seq }) => seq > after).slice(0, limit), head };
      }
      case "event:submit": {
        const { id } = payload as Request<"event:submit">;
        const seq = this.#told.find((told) => told.id === id)?.seq ?? head + 1;
        return { ...(answer as Answer<"event:submit">), seq };
      }
      case "room:group-info": {
        const offered = answer as Answer<"room:group-info">;
        const honest = offered.candidates.filter(({ seq }) => seq <= head && this.#told[seq - 1]?.seq === seq);
        return { ...offered, head, candidates: honest };
      }
      default:
        return answer;
    }
  }
}
