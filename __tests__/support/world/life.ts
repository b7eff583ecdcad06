/** One run of a device's engine, and the frames that are on their way to and from it. */

import type { Engine } from "@/lib/client/engine/engine";
import type { TransportListener, Write } from "@/lib/client/engine/ports";

import type { HostAnswer } from "./host";

export const offline = { ok: false, error: { code: "OFFLINE" } } as const;

/** A frame on its way up; `answer` is called once. */
export interface Up {
  readonly name: string;
  readonly payload: unknown;
  readonly ask: () => Promise<HostAnswer>;
  readonly answer: (outcome: HostAnswer) => void;
}
/** A frame on its way down; `isEvent`: one that may get lost, come twice or late. */
export type Down = { readonly what: string; readonly arrive: () => void; readonly isEvent: boolean };

/** Frames that keep their order: those of the socket, and those of HTTP. */
export class Lane {
  up: Up[] = [];
  down: Down[] = [];
}

/** One run of the engine, from opening to closing or death. */
export class Life {
  isAlive = true;
  isOnline = false;
  engine: Engine | undefined;
  listener: TransportListener | undefined;
  readonly writes: { readonly batch: readonly Write[]; readonly done: (error?: Error) => void }[] = [];
  /** The server has closed the connection, and the device has not noticed. */
  isCut = false;
  /** Requests that wait for their answer. */
  waiting = 0;
  readonly socket = new Lane();
  readonly http = new Lane();
  readonly entered = new Set<string>();
  readonly attested = new Set<string>();
}
