/** Account certificates by account id: from this device's store, else from the directory. They never change. */

import type { AnchorSource } from "../../crypto/mls/door";
import type { Store, Transport } from "./ports";
import { anchorKey } from "./records";
import { unlessDamaged } from "./replaceable";

/** The directory is out of reach: nothing is decided, the operation is tried again. */
export class AnchorsUnavailable extends Error {}

export function anchorSource(store: Store, transport: Pick<Transport, "accountCertificate">): AnchorSource {
  return async (accountId) => {
    const key = anchorKey(accountId);
    const held = await unlessDamaged(() => store.get(key));
    if (held !== undefined) return held;
    const fetched = await transport.accountCertificate(accountId);
    if (!fetched.ok) throw new AnchorsUnavailable(fetched.error.code);
    // The door checks that the certificate hashes to the id; a wrong one is stored nowhere that matters.
    if (fetched.value !== undefined) await store.write([{ key, value: fetched.value }]);
    return fetched.value;
  };
}
