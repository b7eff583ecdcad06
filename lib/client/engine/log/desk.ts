/** What a page shows of the transparency log, and what its person does about it. */

import { toBase64 } from "../../../protocol/bytes";
import { peekNote } from "../../../protocol/log/checkpoint";
import { encodeEvidence } from "../../../protocol/log/evidence";
import { notFound, ok, type EngineResult } from "../results";
import type { KeyLogView } from "../views";
import type { KeyLog } from "./key-log";
import { isProvable, type LogAlarmKind } from "./records";

const renewing: readonly LogAlarmKind[] = ["shrunk", "other-key", "split-view"];

export function viewOfLog(keyLog: KeyLog): KeyLogView {
  const head = keyLog.note === undefined ? undefined : peekNote(keyLog.note);
  return {
    verifier: keyLog.verifier,
    head: head && { size: head.size, root: toBase64(head.root) },
    arrivals: keyLog.arrivals.map(({ deviceId, at, index }) => ({ deviceId, at, index })),
    accepted: [...keyLog.accepted].map(([accountId, record]) => ({
      accountId,
      username: record?.username,
      at: record?.at,
    })),
    removals: keyLog.removals,
    // Whoever writes anything into a message must not lead a person to take another log.
    mayBeginAnew: keyLog.alarms.some(
      ({ kind, settled, by }) => !settled && by === undefined && renewing.includes(kind),
    ),
    alarms: keyLog.alarms
      .toReversed()
      .map(({ notes, ...alarm }) => ({ ...alarm, hasEvidence: isProvable({ kind: alarm.kind, notes }) })),
  };
}

export function evidenceOf(keyLog: KeyLog, id: number): EngineResult<{ file: Uint8Array }> {
  const alarm = keyLog.alarms.find((one) => one.id === id);
  const { verifier } = keyLog;
  if (alarm === undefined || verifier === undefined || !isProvable(alarm)) return notFound;
  const { kind, at, notes } = alarm;
  const what = "Sealroom log evidence" as const;
  const file = encodeEvidence({
    v: 1,
    what,
    verifier,
    alarm: kind,
    at: new Date(at).toISOString(),
    checkpoints: notes,
  });
  return ok({ file });
}
