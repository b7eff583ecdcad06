"use client";

/** On a device that is there: takes the new device's code, shows the number, and asks for the password that lets it in. */

import { useState } from "react";

import type { AccountsDoor } from "@/lib/client/react/use-accounts";
import { useCodeCamera } from "@/lib/client/react/use-code-camera";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { PasswordAsk } from "@/lib/ui/password-ask";

export interface LinkGrantProps {
  readonly door: AccountsDoor;
  readonly username: string;
  readonly onLinked: () => void;
}

type State =
  | { readonly kind: "typing" }
  | { readonly kind: "looking" }
  | { readonly kind: "comparing"; readonly number: string; readonly busy: boolean }
  | { readonly kind: "done" };

export function LinkGrant({ door, username, onLinked }: LinkGrantProps) {
  const { linking } = text;
  const [state, setState] = useState<State>({ kind: "typing" });
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string>();

  async function answer(given: string) {
    setProblem(undefined);
    setState({ kind: "looking" });
    const answered = await door.calls.answerLink(username, given);
    if (answered.ok) setState({ kind: "comparing", number: answered.value.number, busy: false });
    else {
      setProblem(problemSentence(answered.error));
      setState({ kind: "typing" });
    }
  }
  const {
    state: cameraState,
    start,
    stop: stopCamera,
    attach,
  } = useCodeCamera((found) => {
    setCode(found);
    void answer(found);
  });

  function stop(why?: string) {
    setState({ kind: "typing" });
    setCode("");
    setProblem(why);
  }

  async function grant(number: string, password: string) {
    setProblem(undefined);
    setState({ kind: "comparing", number, busy: true });
    const granted = await door.calls.grantLink(password);
    if (granted.ok) {
      setState({ kind: "done" });
      onLinked();
      return;
    }
    setProblem(problemSentence(granted.error));
    setState({ kind: "comparing", number, busy: false });
  }

  return (
    <section className="card" aria-labelledby="link-title">
      <h2 id="link-title">{linking.grantTitle}</h2>
      {state.kind === "typing" && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            stopCamera();
            void answer(code);
          }}
        >
          <p>{linking.grantLead}</p>
          <TextField
            label={linking.typeCode}
            value={code}
            onChange={setCode}
            problem={problem}
            input={{ autoComplete: "off", autoCapitalize: "characters", spellCheck: false, maxLength: 64 }}
          />
          {cameraState === "on" && (
            <video ref={attach} className="viewfinder" muted playsInline aria-label={linking.viewfinder} />
          )}
          {cameraState === "refused" && (
            <Notice tone="warning" live>
              <p>{linking.cameraRefused}</p>
            </Notice>
          )}
          <p className="device-actions">
            <button type="submit" className="button button-primary" disabled={code.trim() === ""}>
              {linking.next}
            </button>
            {cameraState !== "absent" && (
              <button type="button" className="button" onClick={cameraState === "on" ? stopCamera : start}>
                {cameraState === "on" ? linking.stopScan : linking.scan}
              </button>
            )}
          </p>
        </form>
      )}
      {state.kind === "looking" && <p role="status">{linking.looking}</p>}
      {state.kind === "comparing" && (
        <>
          <h3>{linking.numberTitle}</h3>
          <p className="link-number" role="status">
            {state.number}
          </p>
          <p>{linking.number(username)}</p>
          <PasswordAsk
            title={linking.grantPasswordTitle}
            body={linking.grantPassword}
            confirm={linking.grantConfirm}
            busy={state.busy}
            problem={problem}
            onConfirm={(password) => grant(state.number, password)}
            onCancel={() => {
              stop();
            }}
          />
          <p>
            <button
              type="button"
              className="button button-danger"
              onClick={() => {
                stop(linking.differTold);
              }}
            >
              {linking.differ}
            </button>
          </p>
        </>
      )}
      {state.kind === "done" && <p role="status">{linking.granted}</p>}
    </section>
  );
}
