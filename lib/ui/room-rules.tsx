/** The rules of a room: who may bring others in, and how long messages stay. Read by all, changed by admins. */

import { text } from "../text/catalogue";
import { SelectField } from "./select-field";

export interface RoomRulesProps {
  /** Undefined where nobody can be brought in. */
  readonly invite: "admins" | "members" | undefined;
  /** Milliseconds; null: messages stay. */
  readonly timerMs: number | null;
  /** Milliseconds that can be chosen. */
  readonly timers: readonly number[];
  readonly editable: boolean;
  readonly busy: boolean;
  readonly onInvite: (invite: "admins" | "members") => void;
  readonly onTimer: (timerMs: number | null) => void;
}

const inviters = ["admins", "members"] as const;
const never = "never";

export function RoomRules(props: RoomRulesProps) {
  const { invite, timerMs, timers, editable, busy, onInvite, onTimer } = props;
  const { roomInfo } = text;
  if (!editable) {
    return (
      <>
        <dl className="facts">
          {invite !== undefined && (
            <>
              <dt>{roomInfo.whoInvites}</dt>
              <dd>{roomInfo.inviters[invite]}</dd>
            </>
          )}
          <dt>{roomInfo.timer}</dt>
          <dd>{timerWords(timerMs)}</dd>
        </dl>
        <p className="info-note">{roomInfo.adminsOnly}</p>
      </>
    );
  }
  // One that another version has set is shown too.
  const offered = timerMs === null || timers.includes(timerMs) ? timers : [...timers, timerMs];
  return (
    <>
      {invite !== undefined && (
        <SelectField
          label={roomInfo.whoInvites}
          value={invite}
          options={inviters.map((value) => ({ value, label: roomInfo.inviters[value] }))}
          disabled={busy}
          onChange={onInvite}
        />
      )}
      <SelectField
        label={roomInfo.timer}
        value={timerMs === null ? never : String(timerMs)}
        options={[
          { value: never, label: roomInfo.timerOff },
          ...offered.map((ms) => ({ value: String(ms), label: roomInfo.timerAfter(ms) })),
        ]}
        disabled={busy}
        hint={roomInfo.timerHint}
        onChange={(value) => {
          onTimer(value === never ? null : Number(value));
        }}
      />
      <p className="info-note">{roomInfo.rulesHint}</p>
    </>
  );
}

function timerWords(timerMs: number | null): string {
  return timerMs === null ? text.roomInfo.timerOff : text.roomInfo.timerAfter(timerMs);
}
