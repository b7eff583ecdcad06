/**
 * Coming back into a room that is not open without being able to open its GroupInfo: this device has lost the group, and the room's
 * secret was renewed since anybody of the account was there. It asks the members' devices, and one of them adds it as it would any
 * other device of a member (ENG-33). The answer is a Welcome in the inbox, opened as an invitation is: also after a restart.
 */

import { makeKnock } from "../../crypto/mls/knock";
import { fromHex } from "../../protocol/bytes";
import { askBackMs } from "../../protocol/limits";
import { holdKeyPackage } from "./key-packages";
import type { Room } from "./room";
import { waitAfter, type Step } from "./step";

/** A question as it was asked: the same again while the epoch is the same, so that members know it. */
export interface Question {
  readonly epoch: number;
  readonly message: Uint8Array;
}

export async function askBack(room: Room, epoch: number): Promise<Step> {
  const question = room.question?.epoch === epoch ? room.question : await newQuestion(room, epoch);
  room.question = question;
  if (!room.data.meta.asksBack) {
    await room.turn(({ meta }) => {
      if (meta.membership === "joining") meta.asksBack = true;
    });
  }
  const { roomId } = room;
  const answer = await room.host.transport.request("room:knock", { roomId, knock: question.message });
  return answer.ok ? { done: false, retryMs: askBackMs } : waitAfter(answer.error);
}

async function newQuestion(room: Room, epoch: number): Promise<Question> {
  const { clock, identity, store } = room.host;
  const now = new Date(clock.now());
  const groupId = fromHex(room.roomId) ?? new Uint8Array();
  const { message, keyPackage } = await makeKnock(groupId, BigInt(epoch), identity, now);
  await holdKeyPackage(store, keyPackage, now);
  return { epoch, message };
}
