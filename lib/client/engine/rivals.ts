/**
 * Whether a commit by which a device came in was in time. Others for the same epoch may stand before it in the order; whether
 * those count is for members to judge, and what members took they attest (ENG-06, ENG-25, ENG-27).
 */

import { inspectGroupInfo } from "../../crypto/mls/group-info";
import { fromHex } from "../../protocol/bytes";
import { peekMessage } from "../../protocol/mls/peek";
import type { Outcome } from "./ports";
import type { Joining } from "./records";
import type { Room } from "./room";
import { readLog } from "./ways";

/** How long members that were there get to say what they took. */
const raceMs = 250;

/** What came in, and from where on others may have come before it. */
export type Arrival = Pick<Joining, "kind" | "baseSeq" | "baseEpoch">;
type Where = Pick<Room, "roomId" | "host">;

/** True when another one made the epoch before the event at `seq`, as far as the members that are there say. */
export async function hasLost(where: Where, arrival: Arrival, seq: number): Promise<Outcome<boolean>> {
  const rivals: number[] = [];
  const looked = await readLog(where, arrival.baseSeq, seq - 1, async (event) => {
    if (await isRival(where, arrival, event.payload)) rivals.push(event.seq);
    return rivals.length === 0;
  });
  if (!looked.ok) return looked;
  return { ok: true, value: rivals.length > 0 && !(await isAttested(where, seq)) };
}

async function isRival({ roomId, host }: Where, { kind, baseEpoch }: Arrival, payload: Uint8Array): Promise<boolean> {
  const peek = peekMessage(payload);
  if (!peek.ok) return false;
  if (kind === "external")
    return (peek.kind === "commit" || peek.kind === "external-commit") && peek.epoch === BigInt(baseEpoch);
  if (peek.kind !== "group-info") return false;
  const groupId = fromHex(roomId) ?? new Uint8Array();
  const inspected = await inspectGroupInfo(payload, { groupId, anchors: host.anchors });
  return inspected.ok && inspected.info.epoch === 0n;
}

/** Members that were there took it, whatever came before it. */
async function isAttested({ roomId, host }: Where, seq: number): Promise<boolean> {
  await new Promise<void>((resolve) => void host.clock.schedule(raceMs, resolve));
  const offered = await host.transport.request("room:group-info", { roomId });
  return offered.ok && offered.value.candidates.some((one) => one.seq === seq && one.attestations > 0);
}
