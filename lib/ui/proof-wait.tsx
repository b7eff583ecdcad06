/** Above the composer: whose key the transparency log has not proven yet, while what was written waits for that. */

import { text } from "../text/catalogue";

export interface ProofWaitProps {
  /** Names of accounts; empty: nothing waits. */
  readonly names: readonly string[];
  /** Whose page this is: a key of their own is one of another device. */
  readonly username: string;
}

export function ProofWait({ names, username }: ProofWaitProps) {
  const [first] = names;
  if (first === undefined) return null;
  const { awaiting } = text.room;
  return (
    <p className="room-note" role="status">
      {first === username ? awaiting.own : awaiting.of(first)}
      {names.length > 1 && ` ${awaiting.others(names.length - 1)}`} {awaiting.body}
    </p>
  );
}
