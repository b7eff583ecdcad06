"use client";

/** Another account key under the same name: by this browser's session, or by a code of the host. */

import { useState } from "react";

import { NewPasswordField } from "@/app/new-password-field";
import { roomsPath } from "@/app/login/next-path";
import { stepIndex, stepLabels } from "@/app/login/steps";
import { deviceName } from "@/lib/client/react/device-name";
import { leaveRoomsOf } from "@/lib/client/react/leave-rooms";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { foldUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { Agree } from "@/lib/ui/agree";
import { TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { StepList } from "@/lib/ui/step-list";

type State =
  | { readonly kind: "editing"; readonly problem: string | undefined }
  | { readonly kind: "leaving" }
  | { readonly kind: "working"; readonly step: number }
  | { readonly kind: "done" };

export function ResetForm({ name: givenName, signedIn }: { readonly name: string; readonly signedIn: boolean }) {
  const { signIn, recovery } = text;
  const { reset } = recovery;
  const door = useAccounts();
  const hydrated = useHydrated();
  const [name, setName] = useState(givenName);
  const [byCode, setByCode] = useState(!signedIn);
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [state, setState] = useState<State>({ kind: "editing", problem: undefined });
  const username = byCode ? foldUsername(name) : givenName;

  async function replace() {
    if (!byCode) {
      setState({ kind: "leaving" });
      // Rooms that cannot be left are no reason to stay locked out: their members see a device that is gone.
      await leaveRoomsOf(username);
    }
    setState({ kind: "working", step: 0 });
    const input = { username, password, deviceName: deviceName(navigator.userAgent) };
    const result = await door.calls.resetAccount(input, byCode ? code : undefined, (step) => {
      setState({ kind: "working", step: stepIndex(step) });
    });
    if (!result.ok) {
      setState({ kind: "editing", problem: problemSentence(result.error) });
      return;
    }
    setState({ kind: "done" });
    window.location.assign(roomsPath(result.value.username));
  }

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        void replace();
      }}
    >
      <fieldset disabled={state.kind !== "editing"}>
        {byCode ? (
          <>
            <TextField
              label={signIn.name}
              value={name}
              onChange={setName}
              waiting={!hydrated}
              input={{ autoComplete: "username", autoCapitalize: "none", spellCheck: false, maxLength: 64 }}
            />
            <TextField
              label={reset.code}
              hint={reset.codeHint}
              value={code}
              onChange={setCode}
              waiting={!hydrated}
              input={{ autoComplete: "off", autoCapitalize: "characters", spellCheck: false, maxLength: 80 }}
            />
          </>
        ) : (
          <p>{reset.held}</p>
        )}
        {signedIn && (
          <p>
            <button
              type="button"
              className="button-quiet"
              disabled={!hydrated}
              onClick={() => {
                setByCode(!byCode);
              }}
            >
              {byCode ? reset.useDevice : reset.useCode}
            </button>
          </p>
        )}
        <NewPasswordField
          door={door}
          label={recovery.forgot.next}
          username={username}
          value={password}
          waiting={!hydrated}
          onChange={setPassword}
        />
        <Agree label={reset.agree} checked={agreed} waiting={!hydrated} onChange={setAgreed} />
      </fieldset>
      {state.kind === "editing" && state.problem !== undefined && (
        <Notice tone="error" live>
          <p>{state.problem}</p>
        </Notice>
      )}
      {state.kind === "leaving" && <p role="status">{reset.leaving}</p>}
      {state.kind === "working" && (
        <StepList label={reset.working} steps={stepLabels("register")} current={state.step} />
      )}
      {state.kind === "done" && <p role="status">{reset.done}</p>}
      <button
        type="submit"
        className="button button-danger button-large"
        disabled={
          !hydrated ||
          state.kind !== "editing" ||
          !agreed ||
          password === "" ||
          (byCode && (name === "" || code === ""))
        }
      >
        {reset.submit}
      </button>
    </form>
  );
}
