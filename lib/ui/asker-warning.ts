/** What there is to know before somebody who asks is answered; nothing about who is only not verified. */

import { text } from "../text/catalogue";
import type { Trust } from "./trust-mark";

export function askerWarning(trust: Trust | undefined, name: string): string | undefined {
  if (trust === "new-key") return text.rooms.newKey;
  return trust === "replaced" || trust === "mismatch" ? text.verify.hold[trust](name) : undefined;
}
