/** Founding a room that only its maker knows the policy of, and finding the account that a name means. */

import { verifyAccountCertificate, type AccountCertificate } from "../../crypto/account/certificates";
import { toHex } from "../../protocol/bytes";
import type { RoomId } from "../../protocol/ids";
import { foldUsername, isUsername } from "../../protocol/names";
import { encodePolicy, type RoomPolicy } from "../../protocol/policy";
import type { GovernHost } from "./govern-host";
import { anchorKey, newMeta, type RoomMeta } from "./records";
import { bad, ok, type EngineResult } from "./results";

export async function found(
  host: GovernHost,
  policy: RoomPolicy,
  name: string,
  peer?: RoomMeta["peer"],
): Promise<EngineResult<{ roomId: RoomId }>> {
  const { roomId } = policy;
  await host.connected();
  const created = await host.transport.request("room:create", { id: roomId, kind: "private" });
  if (!created.ok) return created;
  const meta: RoomMeta = { ...newMeta(roomId, name), kind: policy.kind, peer, founding: toHex(encodePolicy(policy)) };
  const room = host.roomFor(roomId, meta);
  await room.turn((draft) => {
    if (draft.meta.membership === "none") draft.meta.membership = "joining";
  });
  room.kick();
  return ok({ roomId });
}

/**
 * The account of a name, for whoever is about to let it read: as the directory says, unless the name was met with another key, or its
 * safety numbers do not match (VER-09).
 */
export async function accountOf(
  host: GovernHost,
  name: string,
): Promise<EngineResult<{ accountId: string; username: string }>> {
  const looked = await lookUpAccount(host, name);
  if (!looked.ok) return looked;
  const { username, accountId } = looked.value;
  const trust = host.trust.of({ username, accountId });
  if (trust === "mismatch") return bad("PERSON_DISTRUSTED");
  if (trust === "replaced" || trust === "new-key") return bad("PERSON_REPLACED");
  await host.store.write([{ key: anchorKey(accountId), value: looked.value.der }]);
  return ok({ accountId, username });
}

/** What the directory says of a name now, whatever was met before; its certificate is verified, and of that name. */
export async function lookUpAccount(host: GovernHost, name: string): Promise<EngineResult<AccountCertificate>> {
  const username = foldUsername(name);
  if (!isUsername(username)) return bad("NO_SUCH_ACCOUNT");
  await host.connected();
  const looked = await host.transport.lookUp(username);
  if (!looked.ok) return looked;
  const account = looked.value && (await verifyAccountCertificate(looked.value.certificate));
  const isOfName = account?.username === username && account.accountId === looked.value?.accountId;
  return account !== undefined && isOfName ? ok(account) : bad("NO_SUCH_ACCOUNT");
}
