/**
 * Account certificates by account id: from this device's store, else from the directory. They never change. Ids asked for
 * in the same turn of the event loop are one look-up and one write: a full room has hundreds of accounts. SPEC ENG-30.
 */

import { peekAccountCertificate } from "../../crypto/account/certificates";
import type { AnchorSource } from "../../crypto/mls/door";
import { certificatesMax } from "../../protocol/limits";
import type { Store, Transport } from "./ports";
import { anchorKey } from "./records";
import { unlessDamaged } from "./replaceable";

/** The directory is out of reach: nothing is decided, the operation is tried again. */
export class AnchorsUnavailable extends Error {}

type Certificates = ReadonlyMap<string, Uint8Array>;

export function anchorSource(store: Store, transport: Pick<Transport, "accountCertificates">): AnchorSource {
  let gathering: { readonly ids: Set<string>; readonly found: Promise<Certificates> } | undefined;
  const gather = () => {
    const ids = new Set<string>();
    const found = Promise.resolve().then(() => {
      gathering = undefined;
      return find([...ids], store, transport);
    });
    return { ids, found };
  };
  return async (accountId) => {
    gathering ??= gather();
    const { ids, found } = gathering;
    ids.add(accountId);
    return (await found).get(accountId);
  };
}

async function find(
  ids: readonly string[],
  store: Store,
  transport: Pick<Transport, "accountCertificates">,
): Promise<Certificates> {
  const found = new Map<string, Uint8Array>();
  const held = await Promise.all(ids.map((id) => unlessDamaged(() => store.get(anchorKey(id)))));
  const missing: string[] = [];
  ids.forEach((id, index) => {
    const certificate = held[index];
    if (certificate === undefined) missing.push(id);
    else found.set(id, certificate);
  });
  while (missing.length > 0) {
    const asked = missing.splice(0, certificatesMax);
    const fetched = await transport.accountCertificates(asked);
    if (!fetched.ok) throw new AnchorsUnavailable(fetched.error.code);
    const writes: { key: string; value: Uint8Array }[] = [];
    for (const id of asked) {
      const value = fetched.value.get(id);
      // The door checks the signature too. What is of another account is not even kept, or it would shadow the true one for ever.
      if (value === undefined || peekAccountCertificate(value)?.accountId !== id) continue;
      writes.push({ key: anchorKey(id), value });
      found.set(id, value);
    }
    if (writes.length > 0) await store.write(writes);
  }
  return found;
}
