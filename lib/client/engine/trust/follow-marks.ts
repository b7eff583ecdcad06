/** A name that was verified or accepted with a key goes with that key from then on, on each device of the account (VER-08). */

import type { Store } from "../ports";
import { encodeRecord, pinKey } from "../records";
import type { TrustBook } from "./trust";

export async function followMarks(
  trust: Pick<TrustBook, "names" | "accountOf">,
  pins: Map<string, string>,
  store: Pick<Store, "write">,
): Promise<void> {
  const moved = [...trust.names()].flatMap((username) => {
    const accountId = trust.accountOf(username);
    return accountId === undefined || pins.get(username) === accountId ? [] : [{ username, accountId }];
  });
  if (moved.length === 0) return;
  await store.write(
    moved.map(({ username, accountId }) => ({ key: pinKey(username), value: encodeRecord(accountId) })),
  );
  for (const { username, accountId } of moved) pins.set(username, accountId);
}
