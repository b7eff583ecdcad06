"use client";

/** Where the archive stands, what it costs, and its switch. Switching off deletes, so it is asked for twice. */

import { useState } from "react";

import { text } from "../text/catalogue";
import { sizeText } from "../text/en/size";
import { Notice } from "./notice";

export interface ArchiveFactsProps {
  readonly on: boolean;
  readonly state: keyof typeof text.history.archive.states;
  readonly chunks: number;
  /** Bytes. */
  readonly bytes: number;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onTurn: (on: boolean) => void;
  readonly onBeginAnew: () => void;
}

const alarming = new Set<ArchiveFactsProps["state"]>(["tampered", "full", "stale"]);
/** What beginning anew would mend. */
const mendable = new Set<ArchiveFactsProps["state"]>(["tampered", "full"]);

export function ArchiveFacts(props: ArchiveFactsProps) {
  const { on, state, chunks, bytes, busy, problem, onTurn, onBeginAnew } = props;
  const { archive } = text.history;
  return (
    <section aria-labelledby="archive">
      <h2 id="archive">{archive.title}</h2>
      <p>{archive.lead}</p>
      <p>{archive.price}</p>
      <p>{archive.never}</p>
      {alarming.has(state) ? (
        <Notice tone={state === "full" ? "warning" : "error"} live>
          <p>{archive.states[state]}</p>
        </Notice>
      ) : (
        <p data-archive={state}>
          <strong>{archive.states[state]}</strong>
        </p>
      )}
      {on && <p>{chunks === 0 ? archive.empty : archive.size(sizeText(bytes), chunks)}</p>}
      {mendable.has(state) && (
        <>
          <p>{archive.anewNote}</p>
          <Act name={archive.anew} busy={busy} onAct={onBeginAnew} />
        </>
      )}
      {on ? (
        <TurnOff
          busy={busy}
          onTurnOff={() => {
            onTurn(false);
          }}
        />
      ) : (
        <Act
          name={archive.turnOn}
          busy={busy}
          onAct={() => {
            onTurn(true);
          }}
        />
      )}
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
    </section>
  );
}

function TurnOff({ busy, onTurnOff }: { readonly busy: boolean; readonly onTurnOff: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { archive } = text.history;
  if (!isAsking) {
    const ask = () => {
      setAsking(true);
    };
    return <Act name={archive.turnOff} busy={busy} onAct={ask} />;
  }
  return (
    <Notice tone="warning" live>
      <p>{archive.turnOffSure}</p>
      <p className="actions">
        <button
          type="button"
          className="button danger"
          disabled={busy}
          onClick={() => {
            setAsking(false);
            onTurnOff();
          }}
        >
          {archive.turnOff}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            setAsking(false);
          }}
        >
          {archive.keep}
        </button>
      </p>
    </Notice>
  );
}

function Act({ name, busy, onAct }: { readonly name: string; readonly busy: boolean; readonly onAct: () => void }) {
  return (
    <p>
      <button type="button" className="button" disabled={busy} onClick={onAct}>
        {name}
      </button>
    </p>
  );
}
