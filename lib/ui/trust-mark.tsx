/**
 * The mark beside a name: how it stands with the person's key, in words and with a sign, never by colour alone. Who was not verified
 * has a mark only where people look for it (`full`): everywhere else the mark would stand beside most names, and nobody would see it.
 */

import { text } from "../text/catalogue";
import { SealedCheckIcon, WarningIcon } from "./icons";

export type Trust = keyof typeof text.verify.marks;

export interface TrustMarkProps {
  /** `undefined`: not known, or about nobody. */
  readonly trust: Trust | undefined;
  readonly full?: boolean;
}

const tones = {
  verified: "tag-verified",
  unverified: "tag-quiet",
  "new-key": "tag-warning",
  replaced: "tag-danger",
  mismatch: "tag-danger",
} as const;

export function TrustMark({ trust, full = false }: TrustMarkProps) {
  if (trust === undefined || (trust === "unverified" && !full)) return null;
  return (
    <span className={`tag ${tones[trust]}`}>
      {trust === "verified" ? <SealedCheckIcon /> : trust === "unverified" ? null : <WarningIcon />}
      {text.verify.marks[trust]}
    </span>
  );
}
