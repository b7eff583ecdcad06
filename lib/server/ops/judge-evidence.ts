/** Whether a file of a client proves that a log shows two histories (SPEC LOG-14): for anybody who gets one. */

import { openCheckpoint } from "../../crypto/account/log-signature";
import { fromJson, utf8 } from "../../protocol/bytes";
import { decodeVerifier, type Checkpoint } from "../../protocol/log/checkpoint";
import { decodeEvidence } from "../../protocol/log/evidence";
import { checkConsistency } from "../../protocol/log/merkle";
import { logConsistencyAnswer } from "../../protocol/schemas/log";
import type { Fetch } from "./audit-log";

export interface EvidenceVerdict {
  /**
   * `proven`: the log's key has signed two histories. `nothing`: the checkpoints fit. `unsigned`: one is not signed by the key in the file.
   * `other-log`: it is about another log than the one that is asked. `unanswered`: the log was asked to show that one continues the other, and did not. `unreadable`: not a file of evidence.
   */
  readonly verdict: "proven" | "nothing" | "unsigned" | "other-log" | "unanswered" | "unreadable";
  /** Whose log it is about. */
  readonly verifier?: string;
}

const proofMaxBytes = 16 * 1024;

/** `fetch` asks the log whose key is `expected`, a verifier line. Throws when that cannot be reached. */
export async function judgeEvidence(file: Uint8Array, expected: string, fetch: Fetch): Promise<EvidenceVerdict> {
  const evidence = decodeEvidence(file);
  const verifier = evidence && decodeVerifier(evidence.verifier);
  if (evidence === undefined || verifier === undefined) return { verdict: "unreadable" };
  const opened = await Promise.all(evidence.checkpoints.map((note) => openCheckpoint(utf8(note), verifier)));
  const signed = opened.flatMap((checkpoint) => checkpoint ?? []);
  const line = { verifier: evidence.verifier };
  if (evidence.verifier !== expected) return { verdict: "other-log", ...line };
  if (signed.length < opened.length) return { verdict: "unsigned", ...line };
  const [older, newer] = signed.toSorted((a, b) => a.size - b.size);
  if (older === undefined || newer === undefined) return { verdict: "nothing", ...line };
  const proof = older.size === newer.size || older.size === 0 ? [] : await askFor(fetch, older, newer);
  if (proof === undefined) return { verdict: "unanswered", ...line };
  const claim = { from: older.size, oldRoot: older.root, to: newer.size, newRoot: newer.root, proof };
  return { verdict: checkConsistency(claim) === undefined ? "nothing" : "proven", ...line };
}

async function askFor(fetch: Fetch, older: Checkpoint, newer: Checkpoint): Promise<Uint8Array[] | undefined> {
  const query = `consistency?from=${String(older.size)}&to=${String(newer.size)}`;
  const answered = await fetch(query, proofMaxBytes);
  const parsed = answered && logConsistencyAnswer.safeParse(fromJson(answered));
  return parsed?.success === true ? parsed.data.proof : undefined;
}
