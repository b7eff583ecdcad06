/** A slow connection, as slow as a scenario wants it: what `Tampering.hold` waits for. */

import type { RequestName } from "@/lib/protocol/schemas/socket";

/** Holds requests of one name back while it is closed. */
export class Gate {
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  waiting = 0;

  constructor(private readonly name: RequestName) {}

  close(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** What waits goes on waiting; what comes from now on passes. */
  letOthersPass(): void {
    this.#opened = Promise.resolve();
  }

  open(): void {
    this.#open();
  }

  async pass(name: RequestName): Promise<void> {
    if (name !== this.name) return;
    this.waiting += 1;
    await this.#opened;
    this.waiting -= 1;
  }
}
