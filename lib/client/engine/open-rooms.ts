/** What a person does with open rooms: makes one, or comes into one. What is governed is in `govern`. */

import { toHex } from "../../protocol/bytes";
import { roomIdSchema, type RoomId } from "../../protocol/ids";
import type { GovernHost } from "./govern-host";
import { newMeta } from "./records";
import { notFound, ok, type EngineResult } from "./results";

/** Repeated with the same `wanted` it makes one room. */
export async function createRoom(
  host: GovernHost,
  name: string,
  wanted?: RoomId,
): Promise<EngineResult<{ roomId: RoomId }>> {
  await host.connected();
  const roomId = wanted ?? roomIdSchema.parse(toHex(host.random.bytes(16)));
  const created = await host.transport.request("room:create", { id: roomId, kind: "open", name });
  if (!created.ok) return created;
  const joined = await joinRoom(host, roomId, name);
  return joined.ok ? ok({ roomId }) : joined;
}

/** Now, or as soon as there is a connection. */
export async function joinRoom(host: GovernHost, roomId: RoomId, name?: string): Promise<EngineResult<null>> {
  const told = name ?? host.room(roomId)?.data.meta.name ?? (await nameOf(host, roomId));
  if (typeof told !== "string") return told;
  const room = host.roomFor(roomId, newMeta(roomId, told));
  await room.turn((draft) => {
    if (draft.meta.membership === "none") draft.meta.membership = "joining";
    draft.meta.unwanted = false;
  });
  room.kick();
  return ok(null);
}

/** An open room we have not met: its name is the server's word until the signed policy is read. */
async function nameOf(host: GovernHost, roomId: RoomId): Promise<string | typeof notFound> {
  await host.connected();
  const entered = await host.transport.request("room:enter", { roomId });
  if (!entered.ok) return entered;
  return entered.value.room.kind === "open" ? entered.value.room.name : notFound;
}
