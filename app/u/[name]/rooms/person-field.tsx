"use client";

/** The name of somebody else, looked up in the directory while it is typed. */

import { useState } from "react";

import { verifyPath } from "@/app/login/next-path";
import { checkName } from "@/lib/client/react/name-check";
import { useSettled } from "@/lib/client/react/use-settled";
import { foldUsername, isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { TextField } from "@/lib/ui/field";

export interface PersonName {
  readonly typed: string;
  readonly setTyped: (typed: string) => void;
  /** As it would be registered. */
  readonly name: string;
  readonly state: keyof typeof text.newRoom.personStates;
  /** Where this person's key can be verified, or another key accepted; `undefined`: nobody by that name. */
  readonly verifyHref: string | undefined;
  /** Worth asking for. */
  readonly usable: boolean;
}

export function usePersonName(ownName: string): PersonName {
  const [typed, setTyped] = useState("");
  const name = foldUsername(typed);
  const isValid = isUsername(name) && name !== ownName;
  const check = useSettled(isValid ? name : undefined, checkName);
  const state = stateOf(name, ownName, check);
  const verifyHref = state === "found" ? verifyPath(ownName, name) : undefined;
  return { typed, setTyped, name, state, verifyHref, usable: isValid && state !== "missing" };
}

function stateOf(name: string, ownName: string, check: Awaited<ReturnType<typeof checkName>> | undefined) {
  if (name === "") return "empty";
  if (name === ownName) return "self";
  if (!isUsername(name)) return "invalid";
  if (check === undefined) return "checking";
  return ({ free: "missing", taken: "found", unknown: "unknown" } as const)[check];
}

export interface PersonFieldProps {
  readonly label: string;
  readonly person: PersonName;
  readonly hint?: string;
  readonly problem: string | undefined;
}

export function PersonField({ label, person, hint, problem }: PersonFieldProps) {
  const { typed, setTyped, name, state, verifyHref } = person;
  const good = state === "found" ? "free" : state === "missing" || state === "invalid" ? "taken" : "checking";
  return (
    <>
      <TextField
        label={label}
        value={typed}
        onChange={setTyped}
        hint={
          <>
            {hint}
            <span className="name-state" data-state={good} aria-live="polite">
              {text.newRoom.personStates[state]}
            </span>
          </>
        }
        problem={problem}
        input={{ autoComplete: "off", autoCapitalize: "none", spellCheck: false, maxLength: 64 }}
      />
      {verifyHref !== undefined && (
        <p>
          <a href={verifyHref}>{text.room.safetyNumberWith(name)}</a>
        </p>
      )}
    </>
  );
}
