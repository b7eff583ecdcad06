/**
 * Which GroupInfo a joiner begins with. The server names the one that most accounts attest, but most may be asleep while
 * a few went on; the log says which commits came first since. The end of that chain is the best way in (ENG-06).
 */

import { backlogPageEvents } from "../../protocol/limits";
import { peekMessage } from "../../protocol/mls/peek";
import type { Answer, RoomEvent } from "../../protocol/schemas/socket";
import type { Outcome } from "./ports";
import type { Room } from "./room";

type Candidate = Answer<"room:group-info">["candidates"][number];

export interface Way {
  readonly candidate: Candidate;
  /** The attested event from which the log leads to it; 0: none. */
  readonly rootSeq: number;
}

/** The end of the chain first, then the way back to its root, then what is left in the server's order. */
export async function findWays(room: Room, candidates: readonly Candidate[]): Promise<Outcome<readonly Way[]>> {
  const [first] = candidates;
  const oldest = candidates.reduce<Candidate | undefined>((old, one) => (old && old.seq < one.seq ? old : one), first);
  const root = first !== undefined && first.attestations > 0 ? first : oldest;
  if (root === undefined) return { ok: true, value: [] };
  const newest = Math.max(...candidates.map(({ seq }) => seq));
  const chain = [root.seq];
  let epoch = BigInt(root.epoch);
  const looked = await readLog(room, root.seq, newest, (event) => {
    const peek = peekMessage(event.payload);
    if (peek.ok && (peek.kind === "commit" || peek.kind === "external-commit") && peek.epoch === epoch) {
      epoch += 1n;
      chain.push(event.seq);
    }
    return Promise.resolve(true);
  });
  if (!looked.ok) return looked;
  const isOn = ({ seq }: Candidate) => chain.includes(seq);
  const onChain = candidates.filter(isOn).sort((a, b) => b.seq - a.seq);
  const others = candidates.filter((one) => !isOn(one));
  const rootSeq = root.attestations > 0 ? root.seq : 0;
  return {
    ok: true,
    value: [
      ...onChain.map((candidate) => ({ candidate, rootSeq })),
      ...others.map((candidate) => ({ candidate, rootSeq: 0 })),
    ],
  };
}

/** Pages of the log that are read at most: 10,000 events. */
const pagesMax = 50;

/** Shows `look` the events behind `after` up to `until`, in order, as long as it wants more. */
export async function readLog(
  { roomId, host }: Pick<Room, "roomId" | "host">,
  after: number,
  until: number,
  look: (event: RoomEvent) => Promise<boolean>,
): Promise<Outcome<null>> {
  for (let from = after, page = 0; from < until && page < pagesMax; page++) {
    const fetched = await host.transport.request("events:fetch", {
      roomId,
      after: from,
      limit: backlogPageEvents,
    });
    if (!fetched.ok) return fetched;
    for (const event of fetched.value.events) {
      if (event.seq > until || !(await look(event))) return { ok: true, value: null };
    }
    const last = fetched.value.events.at(-1);
    if (last === undefined || last.seq <= from) break;
    from = last.seq;
  }
  return { ok: true, value: null };
}
