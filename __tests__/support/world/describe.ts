/** Where everybody stands in every room, for who looks for a fault. */

import { openQuestions } from "./rest";
import type { World } from "./world";

export function describe(world: World): string {
  const states = world.rooms
    .flatMap((roomId) =>
      world.devices.map((device) => {
        const state = device.engine?.inspect(roomId);
        if (state === undefined) return `${device.name} -`;
        const { membership, cursor, confirmed, epochSeq, newcomers, leavers, accepted, wishes, purge } = state.meta;
        const left = [
          confirmed ? "" : "unconfirmed",
          accepted ? "" : "invited",
          purge ? "to be deleted" : "",
          wishes.length > 0 ? `wishes ${wishes.map(({ kind }) => kind).join("+")}` : "",
          state.pending.length > 0 ? `pending ${state.pending.map((entry) => entry.state).join("+")}` : "",
          state.commit === undefined ? "" : "commit",
          newcomers.length > 0 ? "newcomers" : "",
          leavers.length > 0 ? "leavers" : "",
        ];
        const epoch = String(state.group?.epoch ?? "-");
        return `${device.name} ${membership} epoch ${epoch}@${String(epochSeq)} cursor ${String(cursor)} ${left.filter(Boolean).join(" ")}`;
      }),
    )
    .join("; ");
  const epochs = world.rooms.flatMap((roomId) => world.witness.book.told(world.logs.get(roomId) ?? []));
  return [states, ...openQuestions(world), ...epochs].join("\n");
}
