/** The transparency log as one's own device sees it: where it stands, new devices of the account, and alarms. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { LogTime } from "./log-time";
import { Notice } from "./notice";

export interface KeyLogFacts {
  readonly verifier: string | undefined;
  readonly head: { readonly size: number; readonly root: string } | undefined;
  readonly arrivals: readonly { readonly deviceId: string; readonly at: number; readonly index: number }[];
  readonly removals: KeyLogFacts["arrivals"];
  readonly accepted: readonly {
    readonly accountId: string;
    readonly username: string | undefined;
    readonly at: number | undefined;
  }[];
  readonly mayBeginAnew: boolean;
  readonly alarms: readonly AlarmFacts[];
}

interface AlarmFacts {
  readonly id: number;
  readonly kind: keyof typeof text.ownLog.kinds;
  readonly at: number;
  readonly by?: { readonly username: string } | undefined;
  readonly index?: number | undefined;
  readonly check?: keyof typeof text.ownLog.checks | undefined;
  readonly settled: boolean;
  readonly hasEvidence: boolean;
}

export interface KeyLogPanelProps {
  readonly view: KeyLogFacts;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly devicesHref: string;
  readonly onMine: (deviceIds: readonly string[]) => void;
  readonly onKnown: (deviceIds: readonly string[]) => void;
  readonly onTakeBack: (accountId: string) => void;
  readonly onSettle: (id: number) => void;
  readonly onAnew: () => void;
  readonly onEvidence: (id: number) => void;
}

export function KeyLogPanel(props: KeyLogPanelProps) {
  const { view, busy, problem, onAnew } = props;
  const { ownLog } = text;
  const open = view.alarms.filter(({ settled }) => !settled);
  return (
    <>
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <Arrivals {...props} />
      <Removals {...props} />
      <h2>{ownLog.alarms}</h2>
      {open.length === 0 && <p>{ownLog.quiet}</p>}
      {view.alarms.map((alarm) => (
        <Alarm key={alarm.id} alarm={alarm} {...props} />
      ))}
      {view.mayBeginAnew && (
        <div className="card">
          <p>{ownLog.anewBody}</p>
          <p>
            <button type="button" className="button" disabled={busy} onClick={onAnew}>
              {ownLog.anew}
            </button>
          </p>
        </div>
      )}
      <AcceptedAccounts {...props} />
      <h2>{ownLog.state}</h2>
      {view.head === undefined ? (
        <p>{ownLog.nothing}</p>
      ) : (
        <dl className="log-facts">
          <dt>{ownLog.size}</dt>
          <dd>{view.head.size.toLocaleString("en")}</dd>
          <dt>{ownLog.root}</dt>
          <dd className="mono">{view.head.root}</dd>
          <dt>{ownLog.verifier}</dt>
          <dd className="mono">{view.verifier}</dd>
        </dl>
      )}
    </>
  );
}

function Arrivals({ view: { arrivals }, busy, devicesHref, onMine }: KeyLogPanelProps) {
  const { ownLog } = text;
  return (
    <DeviceNews entries={arrivals} words={ownLog.arrivals} busy={busy} onKnown={onMine}>
      <a className="button" href={devicesHref}>
        {ownLog.notMine}
      </a>
    </DeviceNews>
  );
}

function Removals({ view: { removals }, busy, onKnown }: KeyLogPanelProps) {
  return <DeviceNews entries={removals} words={text.ownLog.removals} busy={busy} onKnown={onKnown} />;
}

interface DeviceNewsProps {
  readonly entries: KeyLogFacts["arrivals"];
  readonly words: { readonly title: string; readonly what: string; readonly body: string; readonly known: string };
  readonly busy: boolean;
  readonly onKnown: (deviceIds: readonly string[]) => void;
  /** What else can be done about it. */
  readonly children?: ReactNode;
}

function DeviceNews({ entries, words, busy, onKnown, children }: DeviceNewsProps) {
  if (entries.length === 0) return null;
  return (
    <>
      <h2>{words.title}</h2>
      <Notice tone="warning">
        <DeviceEntries entries={entries} what={words.what} />
        <p>{words.body}</p>
        <p className="actions">
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => {
              onKnown(entries.map(({ deviceId }) => deviceId));
            }}
          >
            {words.known}
          </button>
          {children}
        </p>
      </Notice>
    </>
  );
}

function AcceptedAccounts({ view: { accepted }, busy, onTakeBack }: KeyLogPanelProps) {
  const { ownLog } = text;
  if (accepted.length === 0) return null;
  return (
    <>
      <h2>{ownLog.accepted}</h2>
      <p>{ownLog.acceptedBody}</p>
      <ul>
        {accepted.map(({ accountId, username, at }) => (
          <li key={accountId}>
            <bdi>{username ?? ownLog.acceptedAccount(accountId.slice(0, 8))}</bdi> ·{" "}
            {at === undefined ? (
              ownLog.acceptedAll
            ) : (
              <>
                {ownLog.acceptedAt} <LogTime iso={new Date(at).toISOString()} />
              </>
            )}{" "}
            <button
              type="button"
              className="button-small"
              disabled={busy}
              onClick={() => {
                onTakeBack(accountId);
              }}
            >
              {ownLog.takeBack}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

interface DeviceEntriesProps {
  readonly entries: KeyLogFacts["arrivals"];
  readonly what: string;
}

function DeviceEntries({ entries, what }: DeviceEntriesProps) {
  const { ownLog } = text;
  return (
    <ul>
      {entries.map(({ deviceId, at, index }) => (
        <li key={index}>
          <span className="mono">{ownLog.arrival(deviceId.slice(0, 8))}</span> · {what}{" "}
          <LogTime iso={new Date(at).toISOString()} /> · <a href={`/log/${String(index)}`}>{ownLog.entry(index)}</a>
        </li>
      ))}
    </ul>
  );
}

function Alarm({ alarm, busy, onSettle, onEvidence }: KeyLogPanelProps & { readonly alarm: AlarmFacts }) {
  const { ownLog } = text;
  const { id, kind, at, by, index, check, settled, hasEvidence } = alarm;
  // Any member can make that up: it says less than what the device has met itself.
  const hearsay = kind === "other-key" && by !== undefined ? ownLog.hearsay(by.username) : undefined;
  const proof = hasEvidence && (kind === "split-view" || kind === "shrunk") ? ownLog.evidenceBody[kind] : undefined;
  return (
    <Notice tone={settled ? "info" : hearsay === undefined ? "error" : "warning"}>
      <p>
        <strong>{hearsay ?? ownLog.kinds[kind]}</strong>
      </p>
      <p>
        <LogTime iso={new Date(at).toISOString()} />
        {by !== undefined && <> · {ownLog.by(by.username)}</>}
        {index !== undefined && (
          <>
            {" "}
            · <a href={`/log/${String(index)}`}>{ownLog.entry(index)}</a>
          </>
        )}
        {settled && <> · {ownLog.settled}</>}
      </p>
      {check !== undefined && <p className="small">{ownLog.checks[check]}</p>}
      {proof !== undefined && <p className="small">{proof}</p>}
      <p className="actions">
        {proof !== undefined && (
          <button
            type="button"
            className="button-small"
            disabled={busy}
            onClick={() => {
              onEvidence(id);
            }}
          >
            {ownLog.evidence}
          </button>
        )}
        {!settled && (
          <button
            type="button"
            className="button-small"
            disabled={busy}
            onClick={() => {
              onSettle(id);
            }}
          >
            {ownLog.settle}
          </button>
        )}
      </p>
    </Notice>
  );
}
