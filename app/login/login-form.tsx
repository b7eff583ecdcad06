"use client";

/** Name and password to a session. Wrong name and wrong password are one answer. */

import { useState } from "react";

import { deviceName } from "@/lib/client/react/device-name";
import { useAccounts, useHeldAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { foldUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { PasswordField, TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { StepList } from "@/lib/ui/step-list";
import { devicesPath, nextPath } from "./next-path";
import { stepIndex, stepLabels } from "./steps";

type State =
  | { readonly kind: "editing"; readonly problem: string | undefined; readonly full?: boolean }
  | { readonly kind: "working"; readonly step: number }
  | { readonly kind: "done" };

export interface LoginFormProps {
  /** What to begin with; may be empty. */
  readonly name: string;
  readonly next: string | undefined;
}

export function LoginForm({ name: givenName, next }: LoginFormProps) {
  const { signIn } = text;
  const door = useAccounts();
  const hydrated = useHydrated();
  const held = useHeldAccounts(door);
  const [name, setName] = useState(givenName);
  const [password, setPassword] = useState("");
  const [state, setState] = useState<State>({ kind: "editing", problem: undefined });

  async function enter() {
    setState({ kind: "working", step: 0 });
    const input = { username: foldUsername(name), password, deviceName: deviceName(navigator.userAgent) };
    const result = await door.calls.login(input, (step) => {
      setState({ kind: "working", step: stepIndex(step) });
    });
    if (!result.ok) {
      const full = result.error.code === "TOO_MANY_DEVICES";
      setState({ kind: "editing", problem: problemSentence(result.error), full });
      return;
    }
    setState({ kind: "done" });
    // A whole new page: nothing that has seen the password lives on.
    window.location.assign(nextPath(result.value.username, next));
  }

  // A browser that holds the keys is done after the first step.
  const steps = stepLabels("login");
  const shownSteps = state.kind === "working" && state.step === 0 ? steps.slice(0, 1) : steps;

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      {held.problem !== undefined && (
        <Notice tone="error" live>
          <p>{problemSentence(held.problem)}</p>
        </Notice>
      )}
      <fieldset disabled={state.kind !== "editing"}>
        <TextField
          label={signIn.name}
          value={name}
          onChange={setName}
          waiting={!hydrated}
          input={{ autoComplete: "username", autoCapitalize: "none", spellCheck: false, maxLength: 64 }}
        />
        {held.names.length > 0 && (
          <div className="held">
            <span>{signIn.login.held}</span>
            {held.names.map((one) => (
              <button
                key={one}
                type="button"
                className="chip"
                aria-pressed={foldUsername(name) === one}
                onClick={() => {
                  setName(one);
                }}
              >
                {one}
              </button>
            ))}
          </div>
        )}
        <PasswordField
          label={signIn.password}
          value={password}
          onChange={setPassword}
          waiting={!hydrated}
          hint={signIn.login.newDevice}
          input={{ autoComplete: "current-password", maxLength: passwordMaxLength }}
        />
      </fieldset>
      {state.kind === "editing" && state.problem !== undefined && (
        <Notice tone="error" live>
          <p>{state.problem}</p>
          {state.full === true && (
            <p>
              <a href={devicesPath(foldUsername(name))}>{text.devices.title}</a>
            </p>
          )}
        </Notice>
      )}
      {state.kind === "working" && <StepList label={signIn.login.working} steps={shownSteps} current={state.step} />}
      {state.kind === "done" && <p role="status">{signIn.login.done}</p>}
      <button
        type="submit"
        className="button button-primary button-large"
        disabled={!hydrated || state.kind !== "editing" || name === "" || password === ""}
      >
        {signIn.signIn}
      </button>
    </form>
  );
}
