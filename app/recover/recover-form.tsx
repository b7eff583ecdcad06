"use client";

/** Name, recovery key and a new password to a session. A wrong name and a wrong key are one answer. */

import { useState } from "react";

import { NewPasswordField } from "@/app/new-password-field";
import { roomsPath } from "@/app/login/next-path";
import { stepIndex, stepLabels } from "@/app/login/steps";
import { deviceName } from "@/lib/client/react/device-name";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { foldUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { StepList } from "@/lib/ui/step-list";

type State =
  | { readonly kind: "editing"; readonly problem: string | undefined }
  | { readonly kind: "working"; readonly step: number }
  | { readonly kind: "done" };

export function RecoverForm({ name: givenName }: { readonly name: string }) {
  const { signIn, recovery } = text;
  const door = useAccounts();
  const hydrated = useHydrated();
  const [name, setName] = useState(givenName);
  const [key, setKey] = useState("");
  const [password, setPassword] = useState("");
  const [state, setState] = useState<State>({ kind: "editing", problem: undefined });
  const username = foldUsername(name);

  async function recover() {
    setState({ kind: "working", step: 0 });
    const input = { username, password, deviceName: deviceName(navigator.userAgent) };
    const result = await door.calls.recoverAccount(input, key, (step) => {
      setState({ kind: "working", step: stepIndex(step) });
    });
    if (!result.ok) {
      setState({ kind: "editing", problem: problemSentence(result.error) });
      return;
    }
    setState({ kind: "done" });
    // A whole new page: nothing that has seen password and key lives on.
    window.location.assign(roomsPath(result.value.username));
  }

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        void recover();
      }}
    >
      <fieldset disabled={state.kind !== "editing"}>
        <TextField
          label={signIn.name}
          value={name}
          onChange={setName}
          waiting={!hydrated}
          input={{ autoComplete: "username", autoCapitalize: "none", spellCheck: false, maxLength: 64 }}
        />
        <TextField
          label={recovery.key.label}
          hint={recovery.forgot.keyHint}
          value={key}
          onChange={setKey}
          waiting={!hydrated}
          input={{ autoComplete: "off", autoCapitalize: "characters", spellCheck: false, maxLength: 80 }}
        />
        <NewPasswordField
          door={door}
          label={recovery.forgot.next}
          username={username}
          value={password}
          waiting={!hydrated}
          onChange={setPassword}
        />
      </fieldset>
      {state.kind === "editing" && state.problem !== undefined && (
        <Notice tone="error" live>
          <p>{state.problem}</p>
        </Notice>
      )}
      {state.kind === "working" && (
        <StepList label={recovery.forgot.working} steps={stepLabels("login")} current={state.step} />
      )}
      {state.kind === "done" && <p role="status">{recovery.forgot.done}</p>}
      <button
        type="submit"
        className="button button-primary button-large"
        disabled={!hydrated || state.kind !== "editing" || name === "" || key === "" || password === ""}
      >
        {recovery.forgot.submit}
      </button>
    </form>
  );
}
