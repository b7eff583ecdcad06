/** The steps the worker reports while it makes or opens keys, in their order. */

import { text } from "@/lib/text/catalogue";

const order = ["opaque", "keys", "certificates", "packages", "saving"] as const;
type Step = (typeof order)[number];

export function stepIndex(step: Step): number {
  return order.indexOf(step);
}

export function stepLabels(doing: "register" | "login"): string[] {
  return order.map((step) => text.signIn.steps[step][doing]);
}
