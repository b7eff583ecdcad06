/** What `npm run audit-log` runs: one audit, what it found in words, and what the next one is to remember. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { openCheckpoint } from "../../crypto/account/log-signature";
import { toBase64, utf8 } from "../../protocol/bytes";
import { decodeVerifier, encodeVerifier, type Verifier } from "../../protocol/log/checkpoint";
import { judgeEvidence } from "./judge-evidence";
import { auditLog, fetchFrom, type Fetch, type Finding } from "./audit-log";

export interface AuditOptions {
  readonly origin: URL;
  /** The verifier line, when it is known by another way than from the server. */
  readonly key?: string | undefined;
  /** Where the key and the newest checkpoint are kept from one audit to the next. */
  readonly stateFile?: string | undefined;
}

export interface AuditReport {
  readonly isClean: boolean;
  /** Sentences, one a line. */
  readonly lines: readonly string[];
}

/** A server that has a log of its own for each reader signs it with a key of its own too. */
const keyFromServer = "The key was taken from this server: compare it with what its operator published elsewhere.";
const timeoutMs = 30_000;
const keyMaxBytes = 1024;

/** Throws an Error with one sentence when there is nothing to judge: no server, no key, a state file that is none. */
export async function audit({ origin, key, stateFile }: AuditOptions): Promise<AuditReport> {
  const fetch = fetchFrom(origin, timeoutMs);
  const state = stateFile !== undefined && existsSync(stateFile) ? readState(stateFile) : undefined;
  const verifier = await verifierOf(fetch, key, state);
  const earlier = state && (await openCheckpoint(utf8(state.note), verifier));
  if (state !== undefined && earlier === undefined)
    throw new Error("The earlier audit was of a log with another key. Has the server been replaced?");
  const { checkpoint, note, accounts, devices, findings } = await auditLog(fetch, verifier, earlier);
  const lines = findings.map(sentenceOf);
  if (checkpoint === undefined || lines.length > 0) return { isClean: false, lines };
  if (stateFile !== undefined) writeFileSync(stateFile, `${encodeVerifier(verifier)}\n\n${note}`);
  const known = earlier === undefined ? "no earlier audit is known" : `it continues the log of ${count(earlier.size)}`;
  return {
    isClean: true,
    lines: [
      `The log of ${count(checkpoint.size)} is sound: ${String(accounts)} accounts, ${String(devices)} devices; ${known}.`,
      `Root ${toBase64(checkpoint.root)}`,
      `Key  ${encodeVerifier(verifier)}`,
      ...(key === undefined && state === undefined ? [keyFromServer] : []),
    ],
  };
}

/** What `npm run audit-log -- URL --evidence=FILE` says. */
export async function judge(origin: URL, file: string, key?: string): Promise<AuditReport> {
  const fetch = fetchFrom(origin, timeoutMs);
  const expected = encodeVerifier(await verifierOf(fetch, key, undefined));
  const { verdict, verifier } = await judgeEvidence(readFileSync(file), expected, fetch);
  const about = verifier === undefined ? [] : [`Key  ${verifier}`, ...(key === undefined ? [keyFromServer] : [])];
  return { isClean: verdict === "nothing", lines: [verdicts[verdict], ...about] };
}

const verdicts = {
  proven: "Proven: the key of this log has signed two histories that are not one.",
  nothing: "Nothing is proven: the checkpoints are of one log.",
  unsigned: "A checkpoint in the file is not signed by the key in the file: it proves nothing.",
  "other-log": "The file is about another log than the one at this address.",
  unanswered: "The log was asked to show that one checkpoint continues the other, and did not. Ask again later.",
  unreadable: "That is no file of evidence.",
} as const;

interface State {
  readonly verifier: Verifier;
  readonly note: string;
}

/** The verifier line, an empty line, and the signed checkpoint. */
function readState(file: string): State {
  const text = readFileSync(file, "utf8");
  const end = text.indexOf("\n\n");
  const verifier = decodeVerifier(text.slice(0, Math.max(0, end)));
  if (verifier === undefined) throw new Error(`${file} does not begin with the key of a log.`);
  return { verifier, note: text.slice(end + 2) };
}

async function verifierOf(fetch: Fetch, given: string | undefined, state: State | undefined): Promise<Verifier> {
  const line = given ?? (state && encodeVerifier(state.verifier)) ?? (await askedFor(fetch));
  const verifier = decodeVerifier(line);
  if (verifier === undefined) throw new Error("That is no verifier key: it reads name+8 hex digits+base64.");
  return verifier;
}

async function askedFor(fetch: Fetch): Promise<string> {
  const answered = await fetch("key", keyMaxBytes);
  if (answered === undefined) throw new Error("The server has no transparency log.");
  return Buffer.from(answered).toString("utf8").trimEnd();
}

function sentenceOf(finding: Finding): string {
  switch (finding.kind) {
    case "BAD_CHECKPOINT":
      return "The checkpoint is not signed by the key of this log.";
    case "NOT_IN_TREE":
      return `Entry ${String(finding.index)} is not the one that the tree has at its place.`;
    case "BAD_TILE":
      return `${finding.path} is missing, or is not what the entries make.`;
    case "WRONG_ROOT":
      return "The entries do not make the root that the checkpoint signs.";
    case "NOT_A_CONTINUATION":
      return `The log does not begin with the one of the earlier audit, which had ${count(finding.size)}.`;
    default:
      return `Entry ${String(finding.index)}: ${finding.kind}`;
  }
}

function count(entries: number): string {
  return `${String(entries)} ${entries === 1 ? "entry" : "entries"}`;
}
