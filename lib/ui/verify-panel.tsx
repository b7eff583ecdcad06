/** The Verify page for one person: the code, the digits, the two answers, and where both sides stand. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { Notice } from "./notice";
import { QrCode } from "./qr-code";
import { SafetyNumber } from "./safety-number";
import { TrustMark, type Trust } from "./trust-mark";
import { DateTime } from "./time";

export interface VerifyFacts {
  readonly username: string;
  readonly number: string;
  readonly code: string;
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly markedAt: number | undefined;
  readonly lapsed: boolean;
  readonly peer: keyof typeof text.verify.peer;
}

export interface VerifyPanelProps {
  readonly facts: VerifyFacts;
  /** What the last scanned code said. */
  readonly scanned: "match" | "mismatch" | undefined;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly onMatch: () => void;
  readonly onMismatch: () => void;
  readonly onAccept: () => void;
  /** Scanning with the camera. */
  readonly camera: ReactNode;
}

export function VerifyPanel(props: VerifyPanelProps) {
  const { facts, scanned, busy, problem, onMatch, onMismatch, camera } = props;
  const { verify } = text;
  return (
    <div className="verify">
      <Warnings {...props} />
      <div className="verify-ways">
        <section className="card" aria-labelledby="verify-scan">
          <h2 id="verify-scan">{verify.qrTitle}</h2>
          <QrCode value={facts.code} label={verify.qr(facts.username)} />
          <p>{verify.qrHint(facts.username)}</p>
          {camera}
          {scanned !== undefined && (
            <p role="status" className="verify-scanned" data-found={scanned}>
              {verify.scanned[scanned]}
            </p>
          )}
        </section>
        <section className="card" aria-labelledby="verify-digits">
          <h2 id="verify-digits">{verify.numberTitle}</h2>
          <p>{verify.numberHint}</p>
          <div className="verify-digits" role="group" aria-label={verify.digits}>
            <SafetyNumber number={facts.number} />
          </div>
          {problem !== undefined && (
            <Notice tone="error" live>
              <p>{problem}</p>
            </Notice>
          )}
          <p className="actions">
            <button type="button" className="button button-primary" disabled={busy} onClick={onMatch}>
              {verify.match}
            </button>
            <button type="button" className="button button-danger" disabled={busy} onClick={onMismatch}>
              {verify.mismatch}
            </button>
          </p>
          {busy && <p role="status">{verify.working}</p>}
        </section>
      </div>
      <WhereYouStand {...facts} />
    </div>
  );
}

function Warnings({ facts: { trust, username }, scanned, busy, onAccept }: VerifyPanelProps) {
  const { verify } = text;
  if (trust === "mismatch" || scanned === "mismatch") {
    return (
      <Notice tone="error" title={verify.wrongTitle} live>
        <p>{verify.wrong(username)}</p>
      </Notice>
    );
  }
  if (trust !== "replaced" && trust !== "new-key") return null;
  return (
    <Notice tone="warning" title={verify.replacedTitle(username)}>
      <p>{trust === "replaced" ? verify.replaced(username) : text.room.keyChangedBody}</p>
      <p className="actions">
        <button type="button" className="button" disabled={busy} onClick={onAccept}>
          {verify.acceptKey}
        </button>
      </p>
    </Notice>
  );
}

function WhereYouStand({ username, trust, markedAt, lapsed, peer }: VerifyFacts) {
  const { verify } = text;
  const isDated = markedAt !== undefined && (trust === "verified" || trust === "mismatch");
  return (
    <section aria-labelledby="verify-state" className="verify-state">
      <h2 id="verify-state">{verify.stateTitle}</h2>
      <dl aria-live="polite">
        <div>
          <dt>
            {verify.you} <TrustMark trust={trust} full />
          </dt>
          <dd>
            {lapsed ? verify.lapsed : verify.states[trust]} {isDated && <DateTime at={markedAt} />}
          </dd>
        </div>
        <div>
          <dt>
            <bdi>{username}</bdi>
          </dt>
          <dd data-peer={peer}>
            {verify.peer[peer](username)} {(peer === "match" || peer === "mismatch") && verify.peerNote}
          </dd>
        </div>
      </dl>
    </section>
  );
}
