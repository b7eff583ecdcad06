"use client";

/** The new device's screen: a code, then a number to compare, then the rooms. */

import { useState } from "react";

import { roomsPath } from "@/app/login/next-path";
import { deviceName } from "@/lib/client/react/device-name";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { Notice } from "@/lib/ui/notice";
import { QrCode } from "@/lib/ui/qr-code";

type State =
  | { readonly kind: "idle"; readonly problem?: string }
  | { readonly kind: "making" }
  | { readonly kind: "showing"; readonly code: string }
  | { readonly kind: "comparing"; readonly number: string; readonly username: string }
  | { readonly kind: "granting" };

export function LinkIsland() {
  const { linking } = text;
  const door = useAccounts();
  const hydrated = useHydrated();
  const [state, setState] = useState<State>({ kind: "idle" });

  function over(problem: string) {
    // The worker forgets the link's keys with itself.
    door.close();
    setState({ kind: "idle", problem });
  }

  async function show() {
    setState({ kind: "making" });
    const started = await door.calls.startLink();
    if (!started.ok) {
      over(problemSentence(started.error));
      return;
    }
    setState({ kind: "showing", code: started.value.code });
    const answered = await door.calls.awaitLink();
    if (answered.ok) setState({ kind: "comparing", ...answered.value });
    else over(problemSentence(answered.error));
  }

  async function finish() {
    setState({ kind: "granting" });
    const done = await door.calls.finishLink(deviceName(navigator.userAgent));
    if (done.ok) window.location.assign(roomsPath(done.value.username));
    else over(problemSentence(done.error));
  }

  switch (state.kind) {
    case "idle":
      return (
        <>
          {state.problem !== undefined && (
            <Notice tone="error" live>
              <p>{state.problem}</p>
            </Notice>
          )}
          <p>
            <button
              type="button"
              className="button button-primary button-large needs-script"
              disabled={!hydrated}
              onClick={() => void show()}
            >
              {state.problem === undefined ? linking.start : linking.again}
            </button>
          </p>
        </>
      );
    case "making":
      return <p role="status">{linking.making}</p>;
    case "showing":
      return (
        <section className="card">
          <h2>{linking.showTitle}</h2>
          <p>{linking.show}</p>
          <QrCode value={state.code} label={linking.qr} />
          <p>
            {linking.code}: <output className="link-code">{state.code}</output>
          </p>
          <p role="status">{linking.waiting}</p>
        </section>
      );
    case "comparing":
      return (
        <section className="card">
          <h2>{linking.numberTitle}</h2>
          <p className="link-number" role="status">
            {state.number}
          </p>
          <p>{linking.number(state.username)}</p>
          <p className="device-actions">
            <button type="button" className="button button-primary" onClick={() => void finish()}>
              {linking.match}
            </button>
            <button
              type="button"
              className="button button-danger"
              onClick={() => {
                over(linking.differTold);
              }}
            >
              {linking.differ}
            </button>
          </p>
        </section>
      );
    case "granting":
      return <p role="status">{linking.granting}</p>;
  }
}
