/** A store whose values are sealed at rest: AES-GCM under a key that cannot be exported, bound to their place. */

import { openAtRest, sealAtRest } from "../../crypto/at-rest";
import { isBytes } from "../../protocol/bytes";
import type { ListOptions, Store, Write } from "../engine/ports";
import { StoreCorrupt } from "../engine/records";

export class SealedStore implements Store {
  constructor(
    private readonly inner: Store,
    private readonly key: CryptoKey,
  ) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    const sealed = await this.inner.get(key);
    return sealed === undefined ? undefined : await this.#open(key, sealed);
  }

  async list(prefix: string, options?: ListOptions): Promise<{ key: string; value: Uint8Array }[]> {
    const rows = await this.inner.list(prefix, options);
    return await Promise.all(rows.map(async ({ key, value }) => ({ key, value: await this.#open(key, value) })));
  }

  keys(prefix: string, options?: ListOptions): Promise<readonly string[]> {
    return this.inner.keys(prefix, options);
  }

  async write(batch: readonly Write[]): Promise<void> {
    const sealed = await Promise.all(
      batch.map(async ({ key, value }) => ({
        key,
        value: value === undefined ? undefined : await sealAtRest(this.key, key, value),
      })),
    );
    await this.inner.write(sealed);
  }

  async #open(key: string, sealed: Uint8Array): Promise<Uint8Array> {
    const value = isBytes(sealed) ? await openAtRest(this.key, key, sealed) : undefined;
    if (value === undefined) throw new StoreCorrupt(`stored record ${key} cannot be opened`);
    return value;
  }
}
