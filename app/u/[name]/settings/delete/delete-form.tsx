"use client";

/** Leaves all rooms, then deletes the account. Nothing is deleted while a room could not be left. */

import { useState } from "react";

import { leaveRoomsOf } from "@/lib/client/react/leave-rooms";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { Agree } from "@/lib/ui/agree";
import { PasswordField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";

type State =
  | { readonly kind: "editing"; readonly problem: string | undefined }
  | { readonly kind: "leaving" | "deleting" | "done" };

export function DeleteForm({ username }: { readonly username: string }) {
  const words = text.recovery.delete;
  const door = useAccounts();
  const hydrated = useHydrated();
  const [password, setPassword] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [state, setState] = useState<State>({ kind: "editing", problem: undefined });

  async function end() {
    const stop = (problem: string) => {
      setState({ kind: "editing", problem });
    };
    setState({ kind: "leaving" });
    // A wrong password must not cost the rooms.
    const isRight = await door.calls.checkPassword(username, password);
    if (!isRight.ok) {
      stop(problemSentence(isRight.error));
      return;
    }
    const left = await leaveRoomsOf(username);
    if (!left.ok || left.value.stuck.length > 0) {
      stop(left.ok ? words.stuck(left.value.stuck.length, left.value.stuck.join(", ")) : problemSentence(left.error));
      return;
    }
    setState({ kind: "deleting" });
    const deleted = await door.calls.deleteAccount(username, password);
    if (!deleted.ok) {
      stop(problemSentence(deleted.error));
      return;
    }
    setState({ kind: "done" });
    window.location.assign("/");
  }

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        void end();
      }}
    >
      <fieldset disabled={state.kind !== "editing"}>
        <PasswordField
          label={words.password}
          value={password}
          onChange={setPassword}
          waiting={!hydrated}
          input={{ autoComplete: "current-password", maxLength: passwordMaxLength }}
        />
        <Agree label={words.agree} checked={agreed} waiting={!hydrated} onChange={setAgreed} />
      </fieldset>
      {state.kind === "editing" ? (
        state.problem !== undefined && (
          <Notice tone="error" live>
            <p>{state.problem}</p>
          </Notice>
        )
      ) : (
        <p role="status">{words[state.kind]}</p>
      )}
      <button
        type="submit"
        className="button button-danger button-large"
        disabled={!hydrated || state.kind !== "editing" || !agreed || password === ""}
      >
        {words.submit}
      </button>
    </form>
  );
}
