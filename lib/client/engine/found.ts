/** Founding a room that only its maker knows the policy of, and finding the account that a name means. */

import { verifyAccountCertificate } from "../../crypto/account/certificates";
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

/** The account of a name, as it was met or as the directory says; a name that has another key now is nobody we know. */
export async function accountOf(
  host: GovernHost,
  name: string,
): Promise<EngineResult<{ accountId: string; username: string }>> {
  const username = foldUsername(name);
  if (!isUsername(username)) return bad("NO_SUCH_ACCOUNT");
  await host.connected();
  const looked = await host.transport.lookUp(username);
  if (!looked.ok) return looked;
  const account = looked.value && (await verifyAccountCertificate(looked.value.certificate));
  if (account === undefined || account.username !== username || account.accountId !== looked.value?.accountId) {
    return bad("NO_SUCH_ACCOUNT");
  }
  const pinned = host.pins.get(username);
  if (pinned !== undefined && pinned !== account.accountId) return bad("NO_SUCH_ACCOUNT");
  await host.store.write([{ key: anchorKey(account.accountId), value: account.der }]);
  return ok({ accountId: account.accountId, username });
}
