"use client";

/** The vault as it stands, and what its owner can do to it. */

import { useState } from "react";

import { RecoveryKeyForm } from "@/app/recovery-key-form";
import { useAccounts, type AccountsDoor } from "@/lib/client/react/use-accounts";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { useVaultReport } from "@/lib/client/react/use-vault-report";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { TextField } from "@/lib/ui/field";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";
import { PasswordForm } from "./password-form";

export function EncryptionIsland({ username }: { readonly username: string }) {
  const door = useAccounts();
  const hydrated = useHydrated();
  const [round, setRound] = useState(0);
  const [step, setStep] = useState<"none" | "making" | "saved">("none");
  const report = useVaultReport(door, username, round);
  const { settings, key } = text.recovery;
  if (!hydrated || report === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={settings.looking} />
      </div>
    );
  }
  if (!report.ok) {
    return (
      <Notice tone="error">
        <p>{problemSentence(report.error)}</p>
      </Notice>
    );
  }
  const { state, recoveryKey } = report.value;
  return (
    <>
      <section className="care" aria-labelledby="vault">
        <h2 id="vault">{settings.vault}</h2>
        {state === "sound" ? (
          <p>{settings.states.sound}</p>
        ) : (
          <Notice tone="error">
            <p>{settings.states[state]}</p>
          </Notice>
        )}
        {recoveryKey ? (
          <p>{settings.hasKey}</p>
        ) : (
          <Notice tone="warning">
            <p>{settings.noKey}</p>
          </Notice>
        )}
      </section>
      <section className="care" aria-labelledby="recovery-key">
        <h2 id="recovery-key">{recoveryKey ? settings.replaceKey : settings.makeKey}</h2>
        {recoveryKey && <p>{settings.replaceNote}</p>}
        {step === "saved" && (
          <Notice tone="info" live>
            <p>{key.saved}</p>
          </Notice>
        )}
        {step === "making" ? (
          <RecoveryKeyForm
            door={door}
            username={username}
            password={undefined}
            onSaved={() => {
              setStep("saved");
              setRound(round + 1);
            }}
            onLater={() => {
              setStep("none");
            }}
          />
        ) : (
          <p>
            <button
              type="button"
              className="button"
              onClick={() => {
                setStep("making");
              }}
            >
              {recoveryKey ? settings.replaceKey : settings.makeKey}
            </button>
          </p>
        )}
      </section>
      {recoveryKey && <TestKey door={door} username={username} />}
      <PasswordForm door={door} username={username} />
    </>
  );
}

function TestKey({ door, username }: { readonly door: AccountsDoor; readonly username: string }) {
  const { settings, key } = text.recovery;
  const [typed, setTyped] = useState("");
  const [state, setState] = useState<"idle" | "testing" | "fits">("idle");
  const [problem, setProblem] = useState<string>();

  async function test() {
    setState("testing");
    setProblem(undefined);
    const result = await door.calls.testRecoveryKey(username, typed);
    setState(result.ok ? "fits" : "idle");
    if (result.ok) setTyped("");
    else setProblem(problemSentence(result.error));
  }

  return (
    <section className="care" aria-labelledby="test-key">
      <h2 id="test-key">{settings.test}</h2>
      <p>{settings.testLead}</p>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void test();
        }}
      >
        <TextField
          label={key.label}
          value={typed}
          onChange={setTyped}
          problem={problem}
          input={{ autoComplete: "off", autoCapitalize: "characters", spellCheck: false, maxLength: 80 }}
        />
        {state !== "idle" && <p role="status">{state === "testing" ? settings.testing : settings.testDone}</p>}
        <p>
          <button type="submit" className="button" disabled={typed === "" || state === "testing"}>
            {settings.testButton}
          </button>
        </p>
      </form>
    </section>
  );
}
