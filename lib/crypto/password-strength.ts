/**
 * How hard a password is to guess, by zxcvbn-ts with the common and the English dictionaries. An operator can guess
 * offline (DESIGN section 2), so sign-up refuses what scores low (ACC-13). The dictionaries weigh 1.6 MB and are
 * loaded at the first question only.
 */
import type { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { passwordMaxLength, passwordMinLength, passwordMinScore } from "@/lib/protocol/limits";

const warnings = [
  "straightRow",
  "keyPattern",
  "simpleRepeat",
  "extendedRepeat",
  "sequences",
  "recentYears",
  "dates",
  "topTen",
  "topHundred",
  "common",
  "similarToCommon",
  "wordByItself",
  "namesByThemselves",
  "commonNames",
  "userInputs",
] as const;

/** Why a password is weak, as codes for lib/text. */
export type PasswordWarning = (typeof warnings)[number] | "tooShort" | "tooLong";

export interface PasswordStrength {
  /** zxcvbn's estimate: 0 is the weakest, 4 the strongest. */
  readonly score: 0 | 1 | 2 | 3 | 4;
  /** Good enough to register with. */
  readonly acceptable: boolean;
  readonly warning?: PasswordWarning;
}

/** What every guesser tries first on this service. */
const serviceHints = ["sealroom"];

let loading: Promise<ZxcvbnFactory> | undefined;

/** `hints` are words that others know of the person, such as the username. */
export async function passwordStrength(password: string, hints: readonly string[]): Promise<PasswordStrength> {
  if (password.length < passwordMinLength) return { score: 0, acceptable: false, warning: "tooShort" };
  if (password.length > passwordMaxLength) return { score: 0, acceptable: false, warning: "tooLong" };
  loading ??= load().catch((cause: unknown) => {
    // A chunk that did not arrive must not spoil every later question.
    loading = undefined;
    throw cause;
  });
  const { score, feedback } = (await loading).check(password, [...serviceHints, ...hints]);
  const warning = warnings.find((code) => code === feedback.warning);
  return { score, acceptable: score >= passwordMinScore, ...(warning === undefined ? {} : { warning }) };
}

async function load(): Promise<ZxcvbnFactory> {
  const [core, shared, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  // Without translations the feedback consists of the keys, which is what we want.
  return new core.ZxcvbnFactory({
    dictionary: { ...shared.dictionary, ...english.dictionary },
    graphs: shared.adjacencyGraphs,
    maxLength: passwordMaxLength,
  });
}
