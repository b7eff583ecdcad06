/** People who compare safety numbers, and names that get another key. */

import { resetAccount } from "@/lib/client/worker/recover";
import type { Trust, VerificationView } from "@/lib/client/engine/views";
import type { RoomId } from "@/lib/protocol/ids";
import type { Verdict } from "@/lib/protocol/verification-mark";
import { makeResetCode } from "@/lib/server/accounts/reset-codes";

import { isMember, nameOf, newRoomId, viewOf, type Cellar } from "./cellar";
import { Browser, password, unwrap, until, type Person } from "./person";

export async function verificationOf(who: Person, other: Person): Promise<VerificationView> {
  return unwrap<VerificationView>(await who.running.verification.view(nameOf(other), other.identity.accountId));
}

export async function decide(who: Person, other: Person, verdict: Verdict): Promise<void> {
  unwrap(await who.running.verification.decide(nameOf(other), other.identity.accountId, verdict));
}

/** The mark beside a name in a room. */
export function trustIn(who: Person, roomId: RoomId, { identity: { accountId } }: Person): Trust | undefined {
  return viewOf(who, roomId)?.members.find((member) => member.accountId === accountId)?.trust;
}

export async function directRoom(who: Person, other: Person): Promise<RoomId> {
  const { roomId } = unwrap(await who.running.govern.openDirect(nameOf(other), newRoomId()));
  await until(() => viewOf(other, roomId)?.membership === "invited", `${nameOf(other)} is asked`);
  unwrap(await other.running.govern.acceptInvite(roomId));
  await until(() => isMember(other, roomId) && isMember(who, roomId), "both are in");
  return roomId;
}

/** The same name with another account key: what a host can do by a code, and an operator without one. */
export async function replaced(cellar: Cellar, who: Person): Promise<Person> {
  const { database } = cellar.server.services;
  const code = (await makeResetCode(database, nameOf(who))) ?? "";
  const browser = new Browser(cellar.server.url);
  const input = { username: nameOf(who), password, deviceName: "Fresh browser" };
  unwrap(await resetAccount(browser.ports, input, code, () => undefined));
  const now = cellar.withTab(await browser.person(nameOf(who)));
  await now.open();
  await until(() => now.running.connection === "online", "the new key is online");
  return now;
}
