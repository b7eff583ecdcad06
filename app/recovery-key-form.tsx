"use client";

/** Shows a new recovery key and takes it back as typed from the copy: only then does it count. */

import { useEffect, useState } from "react";

import { compareTyped } from "@/lib/client/react/recovery-key";
import type { AccountsDoor } from "@/lib/client/react/use-accounts";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { PasswordField, TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { PrintedKey } from "@/lib/ui/printed-key";
import { Skeleton } from "@/lib/ui/skeleton";

export interface RecoveryKeyFormProps {
  readonly door: AccountsDoor;
  readonly username: string;
  /** Where it has just been typed; asked for where it has not. */
  readonly password: string | undefined;
  readonly onSaved: () => void;
  readonly onLater: () => void;
}

export function RecoveryKeyForm({ door, username, password: known, onSaved, onLater }: RecoveryKeyFormProps) {
  const { key, settings } = text.recovery;
  const shown = useNewKey(door);
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  async function save(recoveryKey: string) {
    const compared = compareTyped(recoveryKey, typed);
    if (compared.kind !== "same") {
      setProblem(compared.kind === "other" ? key.mismatch : problemSentence(compared.error));
      return;
    }
    setBusy(true);
    setProblem(undefined);
    const saved = await door.calls.saveRecoveryKey(username, known ?? password, recoveryKey);
    setBusy(false);
    if (saved.ok) onSaved();
    else setProblem(problemSentence(saved.error));
  }

  if (shown === undefined) return <Skeleton label={key.label} />;
  const keyField = { autoComplete: "off", autoCapitalize: "characters", spellCheck: false, maxLength: 80 } as const;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save(shown);
      }}
    >
      <p>{key.keep}</p>
      <PrintedKey username={username} value={shown} />
      <fieldset disabled={busy}>
        <TextField
          label={key.typeBack}
          hint={key.typeBackHint}
          value={typed}
          onChange={setTyped}
          problem={problem}
          input={keyField}
        />
        {known === undefined && (
          <PasswordField
            label={settings.current}
            value={password}
            onChange={setPassword}
            input={{ autoComplete: "current-password", maxLength: passwordMaxLength }}
          />
        )}
      </fieldset>
      {busy && <p role="status">{key.saving}</p>}
      <p className="actions">
        <button
          type="submit"
          className="button button-primary"
          disabled={busy || typed === "" || (known === undefined && password === "")}
        >
          {key.save}
        </button>
        <button type="button" className="button" disabled={busy} onClick={onLater}>
          {key.later}
        </button>
      </p>
      <Notice tone="info">
        <p>{key.laterNote}</p>
      </Notice>
    </form>
  );
}

function useNewKey(door: AccountsDoor): string | undefined {
  const [made, setMade] = useState<string>();
  useEffect(() => {
    let current = true;
    void door.calls.newRecoveryKey().then((result) => {
      if (current && result.ok) setMade(result.value.recoveryKey);
    });
    return () => {
      current = false;
    };
  }, [door]);
  return made;
}
