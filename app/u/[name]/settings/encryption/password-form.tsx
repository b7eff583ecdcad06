"use client";

/** Another password for the same account. */

import { useState } from "react";

import { NewPasswordField } from "@/app/new-password-field";
import type { AccountsDoor } from "@/lib/client/react/use-accounts";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { PasswordField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";

export function PasswordForm({ door, username }: { readonly door: AccountsDoor; readonly username: string }) {
  const { settings } = text.recovery;
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [state, setState] = useState<"idle" | "changing" | "changed">("idle");
  const [problem, setProblem] = useState<string>();

  async function change() {
    setState("changing");
    setProblem(undefined);
    const result = await door.calls.changePassword(username, current, next);
    setState(result.ok ? "changed" : "idle");
    if (!result.ok) {
      setProblem(problemSentence(result.error));
      return;
    }
    setCurrent("");
    setNext("");
  }

  return (
    <section className="care" aria-labelledby="password">
      <h2 id="password">{settings.password}</h2>
      <p>{settings.passwordLead}</p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void change();
        }}
      >
        <fieldset disabled={state === "changing"}>
          <PasswordField
            label={settings.current}
            value={current}
            onChange={setCurrent}
            input={{ autoComplete: "current-password", maxLength: passwordMaxLength }}
          />
          <NewPasswordField
            door={door}
            label={settings.next}
            username={username}
            value={next}
            waiting={false}
            onChange={setNext}
          />
        </fieldset>
        {problem !== undefined && (
          <Notice tone="error" live>
            <p>{problem}</p>
          </Notice>
        )}
        {state !== "idle" && <p role="status">{state === "changing" ? settings.changing : settings.changed}</p>}
        <p>
          <button type="submit" className="button" disabled={current === "" || next === "" || state === "changing"}>
            {settings.change}
          </button>
        </p>
      </form>
    </section>
  );
}
