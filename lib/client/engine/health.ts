/** What went well and what did not on this device, over all rooms: what the storage page shows. */

import { waitingTexts } from "./room-view";
import type { Room } from "./room";
import { failureRate, repairCauses, transcriptCauses, unreadableCauses, type HealthReport } from "./views";

type Health = Room["data"]["meta"]["health"];

export function healthOf(rooms: readonly Room[]): HealthReport {
  const sum = (pick: (health: Health) => number | undefined) =>
    rooms.reduce((total, { data }) => total + (pick(data.meta.health) ?? 0), 0);
  const tally = <Cause extends string>(causes: readonly Cause[], of: "unreadable" | "repairs" | "transcript") =>
    Object.fromEntries(causes.map((cause) => [cause, sum((health) => health[of][cause])])) as Record<Cause, number>;
  const received = sum((health) => health.received);
  const unreadable = tally(unreadableCauses, "unreadable");
  return {
    received,
    unreadable,
    rate: failureRate({ received, unreadable }),
    repairs: tally(repairCauses, "repairs"),
    transcript: tally(transcriptCauses, "transcript"),
    waiting: rooms.reduce((total, { data }) => total + waitingTexts(data), 0),
    setAside: rooms.reduce((total, { keys }) => total + keys.generation, 0),
  };
}
