/** Application messages out. The caller pads, and stores `group` before `message` leaves (DESIGN section 5, write-ahead). */
import { createApplicationMessage } from "ts-mls/createMessage.js";
import { contentMaxBytes } from "@/lib/protocol/limits";
import type { Group } from "./door";
import { closeGroup, openGroup } from "./inside";
import { suite } from "./provider";
import { encodeWire } from "./wire";

export async function encrypt(
  group: Group,
  plaintext: Uint8Array,
): Promise<{ readonly group: Group; readonly message: Uint8Array }> {
  if (plaintext.length > contentMaxBytes) throw new RangeError("longer than a message may be");
  const inside = openGroup(group);
  const { newState, privateMessage, consumed } = await createApplicationMessage(inside.state, plaintext, await suite());
  // The AEAD key; the ratchet secret beside it still belongs to `group`.
  consumed.at(-1)?.fill(0);
  return {
    group: closeGroup({ ...inside, state: newState }),
    message: encodeWire({ wireformat: "mls_private_message", privateMessage }),
  };
}
