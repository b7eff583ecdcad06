/** People and private rooms below the level of the client: sockets, second devices, invitations in the form the server sees. */

import type { EventId, RoomId } from "@/lib/protocol/ids";
import type { Answer, WelcomeNotice } from "@/lib/protocol/schemas/socket";

import { anotherDevice, call, cookieOf, deviceBody, logIn, revocationOf, type TestAccount } from "./accounts";
import { newEventId, newRoomId, privateMessage, sealedGroupInfo, welcomeMessage } from "./events";
import type { TestServer } from "./server";
import { provenSocket, type RawSocket } from "./sockets";

/** Sockets of one test file; `closeAll` after each test. */
export class Connections {
  readonly #open: RawSocket[] = [];

  constructor(private readonly server: () => TestServer) {}

  async connect(who: Pick<TestAccount, "identity" | "cookie">): Promise<RawSocket> {
    return this.keep(await provenSocket(this.server().url, who));
  }

  keep(socket: RawSocket): RawSocket {
    this.#open.push(socket);
    return socket;
  }

  closeAll(): void {
    for (const socket of this.#open.splice(0)) socket.close();
  }
}

/** One more registered device of the account, signed in by itself. */
export async function secondDevice(server: TestServer, who: TestAccount): Promise<TestAccount> {
  const identity = await anotherDevice(who);
  const cookie = cookieOf(await logIn(server.url, who.username));
  const sent = { json: await deviceBody(identity, 1), cookie };
  const added = await call(server.url, `/users/${who.username}/devices`, sent);
  if (added.code !== undefined) throw new Error(`devices: ${added.code}`);
  return { ...who, identity, cookie };
}

/** Its account gives this device up. */
export async function revoke(server: TestServer, who: TestAccount): Promise<void> {
  const { accountId, deviceId } = who.identity;
  await server.services.devices.revoke(accountId, deviceId, await revocationOf(who, deviceId));
}

/** A private room with its genesis in the order, entered by its creator. */
export async function privateRoom(creator: RawSocket): Promise<RoomId> {
  const roomId = newRoomId();
  await creator.get("room:create", { id: roomId, kind: "private" });
  await creator.get("room:enter", { roomId });
  await creator.get("event:submit", { roomId, id: newEventId(), payload: sealedGroupInfo(roomId) });
  return roomId;
}

interface Invitation {
  readonly id?: EventId;
  readonly payload?: Uint8Array;
  readonly welcome?: Uint8Array;
}

/** A commit that brings a Welcome for the devices named. */
export function invitation(roomId: RoomId, to: readonly string[], invited: Invitation = {}) {
  const { id = newEventId(), payload = privateMessage(roomId, "commit", 0), welcome = welcomeMessage() } = invited;
  return { roomId, id, payload, groupInfo: sealedGroupInfo(roomId, 1), welcome: { bytes: welcome, to } };
}

export async function invite(
  inviter: RawSocket,
  roomId: RoomId,
  to: readonly string[],
  invited?: Invitation,
): Promise<Answer<"event:submit">> {
  return await inviter.get("event:submit", invitation(roomId, to, invited));
}

/** Everything that waits, fetched in pages of `limit`. */
export async function inboxOf(socket: RawSocket, limit = 100): Promise<Required<WelcomeNotice>[]> {
  const waiting: Required<WelcomeNotice>[] = [];
  for (;;) {
    const after = waiting.at(-1)?.id ?? 0;
    const page = await socket.get<Answer<"inbox:fetch">>("inbox:fetch", { after, limit });
    waiting.push(...page.welcomes);
    if (!page.more) return waiting;
  }
}
