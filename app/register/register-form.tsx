"use client";

/** Name and password to an account. All secrets are made in the worker; here are only two fields and what to say. */

import { useCallback, useState } from "react";

import { deviceName } from "@/lib/client/react/device-name";
import { checkName } from "@/lib/client/react/name-check";
import { useAccounts, useHeldAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated, useInBrowser } from "@/lib/client/react/use-hydrated";
import { useSettled } from "@/lib/client/react/use-settled";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { foldUsername, isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { PasswordField, TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { StepList } from "@/lib/ui/step-list";
import { Strength } from "@/lib/ui/strength";
import { nextPath } from "../login/next-path";
import { stepIndex, stepLabels } from "../login/steps";
import { RecoveryKeyForm } from "../recovery-key-form";

type State =
  | { readonly kind: "editing"; readonly problem: string | undefined }
  | { readonly kind: "working"; readonly step: number }
  | { readonly kind: "made"; readonly username: string };

export function RegisterForm({ next }: { readonly next: string | undefined }) {
  const { signIn, recovery } = text;
  const door = useAccounts();
  const hydrated = useHydrated();
  const device = useInBrowser(() => deviceName(navigator.userAgent));
  const browserProblem = useHeldAccounts(door).problem;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [state, setState] = useState<State>({ kind: "editing", problem: undefined });

  const username = foldUsername(name);
  const valid = isUsername(username);
  const check = useSettled(valid ? username : undefined, checkName);
  const ask = useCallback((candidate: string) => door.calls.passwordStrength(candidate, [username]), [door, username]);
  const strength = useSettled(password === "" ? undefined : password, ask);
  const score = strength?.ok === true ? strength.value.score : undefined;

  async function create() {
    if (!valid) {
      setState({ kind: "editing", problem: signIn.nameChecks.invalid });
      return;
    }
    setState({ kind: "working", step: 0 });
    const input = { username, password, deviceName: device ?? deviceName("") };
    const result = await door.calls.register(input, (step) => {
      setState({ kind: "working", step: stepIndex(step) });
    });
    if (!result.ok) {
      setState({ kind: "editing", problem: problemSentence(result.error) });
      return;
    }
    setState({ kind: "made", username: result.value.username });
  }

  if (state.kind === "made") {
    const enter = () => {
      // A whole new page: nothing that has seen the password lives on.
      window.location.assign(nextPath(state.username, next));
    };
    return (
      <section className="card care" aria-labelledby="recovery-key">
        <h2 id="recovery-key">{recovery.key.title}</h2>
        <p>{recovery.key.lead}</p>
        <RecoveryKeyForm door={door} username={state.username} password={password} onSaved={enter} onLater={enter} />
      </section>
    );
  }

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      {browserProblem !== undefined && (
        <Notice tone="error" live>
          <p>{problemSentence(browserProblem)}</p>
        </Notice>
      )}
      <fieldset disabled={state.kind !== "editing"}>
        <TextField
          label={signIn.name}
          value={name}
          onChange={setName}
          waiting={!hydrated}
          hint={
            <>
              {signIn.register.nameHint} <NameState typed={name} valid={valid} check={check} />
            </>
          }
          input={{ autoComplete: "username", autoCapitalize: "none", spellCheck: false, maxLength: 64 }}
        />
        <PasswordField
          label={signIn.password}
          value={password}
          onChange={setPassword}
          waiting={!hydrated}
          hint={
            <>
              {signIn.register.passwordHint}
              <Strength score={score} />
            </>
          }
          input={{ autoComplete: "new-password", maxLength: passwordMaxLength }}
        />
        {device !== undefined && <p className="field-hint">{signIn.deviceName(device)}</p>}
      </fieldset>
      {state.kind === "editing" && state.problem !== undefined && (
        <Notice tone="error" live>
          <p>{state.problem}</p>
        </Notice>
      )}
      {state.kind === "working" && (
        <StepList label={signIn.register.working} steps={stepLabels("register")} current={state.step} />
      )}
      <button
        type="submit"
        className="button button-primary button-large"
        disabled={!hydrated || state.kind !== "editing" || name === "" || password === ""}
      >
        {signIn.createAccount}
      </button>
    </form>
  );
}

function NameState(props: { readonly typed: string; readonly valid: boolean; readonly check: string | undefined }) {
  const { nameChecks } = text.signIn;
  const { typed, valid, check } = props;
  const state =
    typed === ""
      ? "empty"
      : !valid
        ? "invalid"
        : check === "free" || check === "taken" || check === "unknown"
          ? check
          : "checking";
  return (
    <span className="name-state" data-state={state} aria-live="polite">
      {nameChecks[state]}
    </span>
  );
}
