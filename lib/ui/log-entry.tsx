/** One entry of the transparency log, with what proves that it is in it. */

import { text } from "../text/catalogue";
import type { LogKind } from "../protocol/log/entries";
import { LogTime } from "./log-time";

export interface LogEntryFacts {
  readonly index: number;
  readonly kind: LogKind;
  readonly at: string;
  readonly accountId: string;
  readonly bytes: string;
  readonly leafHash: string;
  readonly proof: readonly string[];
}

export interface LogEntryProps {
  readonly entry: LogEntryFacts;
  /** Of the head that the proof leads to. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** What is to be said of it besides. */
  readonly note?: string;
  /** Shows the proof at once. */
  readonly open?: boolean;
}

export function LogEntry({ entry, size, root, note, open = false }: LogEntryProps) {
  const { log } = text;
  return (
    <article className="card log-entry" id={`entry-${String(entry.index)}`}>
      <h3>
        <a href={`/log/${String(entry.index)}`}>{log.entry(entry.index)}</a>: {log.kinds[entry.kind]}
      </h3>
      <p>
        {log.at} <LogTime iso={entry.at} />
      </p>
      {note !== undefined && (
        <p>
          <strong>{note}</strong>
        </p>
      )}
      <dl className="log-facts">
        <dt>{log.leafHash}</dt>
        <dd className="mono">{entry.leafHash}</dd>
      </dl>
      <details open={open}>
        <summary>{log.proof}</summary>
        <p>{entry.proof.length === 0 ? log.noProof : log.proofBody(size)}</p>
        <ol className="log-proof mono">
          {entry.proof.map((hash) => (
            <li key={hash}>{hash}</li>
          ))}
        </ol>
        <dl className="log-facts">
          <dt>{log.root}</dt>
          <dd className="mono">{root}</dd>
          <dt>{log.account}</dt>
          <dd className="mono">{entry.accountId}</dd>
          <dt>{log.bytes}</dt>
          <dd className="mono">{entry.bytes}</dd>
        </dl>
      </details>
    </article>
  );
}
