/**
 * Which build of the code each device says it runs (SPEC CODE-11): sealed for the room, but only its own word. Shown beside the device,
 * so that people see when somebody was given other code than they were.
 */

import { isBuildHash } from "../../protocol/code/manifest";
import { fromUtf8, utf8 } from "../../protocol/bytes";
import type { PolicyDevice } from "../../protocol/policy-rules";
import type { Store } from "./ports";
import { deviceKey } from "./records";
import { unlessDamaged } from "./replaceable";

const buildsPrefix = "build/";

export class Builds {
  readonly #known = new Map<string, string>();

  constructor(
    private readonly store: Store,
    /** What this device runs; `undefined`: it cannot say. */
    readonly own: string | undefined,
  ) {}

  async load(): Promise<void> {
    for (const key of await this.store.keys(buildsPrefix)) {
      const bytes = await unlessDamaged(() => this.store.get(key));
      const hash = bytes && fromUtf8(bytes);
      if (isBuildHash(hash)) this.#known.set(key.slice(buildsPrefix.length), hash);
    }
  }

  of(device: PolicyDevice): string | undefined {
    return this.#known.get(deviceKey(device));
  }

  /** Never rejects: what is not kept is said again with the next change. */
  async heard(device: PolicyDevice, hash: string): Promise<void> {
    const key = deviceKey(device);
    if (this.#known.get(key) === hash) return;
    this.#known.set(key, hash);
    await this.store.write([{ key: `${buildsPrefix}${key}`, value: utf8(hash) }]).catch(() => undefined);
  }
}
