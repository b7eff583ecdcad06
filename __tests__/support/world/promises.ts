/** What an engine accepts to send is a promise; the witness remembers it. */

import type { Engine } from "@/lib/client/engine/engine";
import { deviceKey } from "@/lib/client/engine/records";
import type { EngineResult } from "@/lib/client/engine/results";
import type { MessageId, RoomId } from "@/lib/protocol/ids";

import type { SimulatedDevice } from "./device";
import type { World } from "./world";

export interface Said {
  readonly device: SimulatedDevice;
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly text: string;
}

export async function promise(
  world: World,
  { device, roomId, messageId, text }: Said,
  engine: Engine,
): Promise<EngineResult<unknown>> {
  // As far as it has read: what it says is said to the room of then.
  const head = engine.inspect(roomId)?.meta.cursor ?? 0;
  const answer = await engine.send(roomId, text, messageId);
  // Said while leaving is said to nobody: the engine refuses it then.
  if (answer.ok) {
    const by = { by: device.name, device: deviceKey(device.identity) };
    world.witness.accepted.set(messageId, { ...by, roomId, text, head });
  }
  return answer;
}
