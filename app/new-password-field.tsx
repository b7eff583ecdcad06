"use client";

/** A field for a new password, with its strength beside it. */

import { useCallback } from "react";

import type { AccountsDoor } from "@/lib/client/react/use-accounts";
import { useSettled } from "@/lib/client/react/use-settled";
import { passwordMaxLength } from "@/lib/protocol/limits";
import { PasswordField } from "@/lib/ui/field";
import { Strength } from "@/lib/ui/strength";

export interface NewPasswordFieldProps {
  readonly door: AccountsDoor;
  readonly label: string;
  readonly username: string;
  readonly value: string;
  readonly waiting: boolean;
  readonly onChange: (value: string) => void;
}

export function NewPasswordField({ door, label, username, value, waiting, onChange }: NewPasswordFieldProps) {
  const ask = useCallback((candidate: string) => door.calls.passwordStrength(candidate, [username]), [door, username]);
  const strength = useSettled(value === "" ? undefined : value, ask);
  return (
    <PasswordField
      label={label}
      value={value}
      onChange={onChange}
      waiting={waiting}
      hint={<Strength score={strength?.ok === true ? strength.value.score : undefined} />}
      input={{ autoComplete: "new-password", maxLength: passwordMaxLength }}
    />
  );
}
