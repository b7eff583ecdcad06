/**
 * Which of the account's devices are proven to be in the transparency log (SPEC LOG-11), asked where no engine runs. Nothing of it is
 * stored, and no alarm is raised: a head that does not fit is found by the engine at its own next look.
 */

import { openCheckpoint } from "../../crypto/account/log-signature";
import { certificateName } from "../../crypto/mls/leaf";
import { equalBytes, utf8 } from "../../protocol/bytes";
import { decodeVerifier, type Checkpoint, type Verifier } from "../../protocol/log/checkpoint";
import { decodeLogEntry } from "../../protocol/log/entries";
import { checkConsistency, checkInclusion, leafHash } from "../../protocol/log/merkle";
import type { StoredIdentity } from "../engine/identity";
import { LogBook } from "../engine/log/book";
import { headOf } from "../engine/log/follow";
import type { Outcome, Store } from "../engine/ports";
import type { HttpApi } from "../transport/http";
import type { AccountPorts } from "./register";

/** Of a device's certificate, DER. */
type IsLogged = (certificate: Uint8Array) => boolean;

/** An error: the log could not be asked. Of a head that is no continuation of what this browser knows, nothing is proven. */
export async function loggedDevices(
  { http, now }: Pick<AccountPorts, "http" | "now">,
  store: Store,
  { username, accountId }: Pick<StoredIdentity, "username" | "accountId">,
): Promise<Outcome<IsLogged>> {
  const book = new LogBook({ store, clock: { now }, changed: () => undefined });
  await book.load();
  const told = await http.accountLog(username);
  if (!told.ok) return told;
  const verifier = await verifierOf(http, book);
  if (!verifier.ok) return verifier;
  const head = verifier.value && (await openCheckpoint(utf8(told.value.checkpoint), verifier.value));
  const continues = head === undefined ? ({ ok: true, value: false } as const) : await isNext(http, book, head);
  if (!continues.ok) return continues;
  const proven = new Set<string>();
  for (const { index, entry, proof } of told.value.entries) {
    const decoded = decodeLogEntry(entry);
    if (head === undefined || !continues.value || decoded?.kind !== "device" || decoded.accountId !== accountId)
      continue;
    const { size, root } = head;
    if (checkInclusion({ leaf: leafHash(entry), index, size, root, proof }) === undefined)
      proven.add(certificateName(decoded.certificate));
  }
  return {
    ok: true,
    value: (certificate) => {
      const name = certificateName(certificate);
      return proven.has(name) || book.isVouched(name);
    },
  };
}

/** The log's key as this browser met it; where it has met none, as the server says, as at every first meeting (LOG-09). */
async function verifierOf(http: HttpApi, { state }: LogBook): Promise<Outcome<Verifier | undefined>> {
  if (state !== undefined) return { ok: true, value: decodeVerifier(state.verifier) };
  const told = await http.logKey();
  return told.ok ? { ok: true, value: decodeVerifier(told.value) } : told;
}

/** Whether the head continues the newest one that counts. */
async function isNext(http: HttpApi, book: LogBook, head: Checkpoint): Promise<Outcome<boolean>> {
  const known = await headOf(book);
  if (known === undefined || known.size === 0) return { ok: true, value: true };
  if (head.size <= known.size)
    return { ok: true, value: head.size === known.size && equalBytes(head.root, known.root) };
  const told = await http.logConsistency(known.size, head.size);
  if (!told.ok) return told;
  const claim = { from: known.size, oldRoot: known.root, to: head.size, newRoot: head.root, proof: told.value.proof };
  return { ok: true, value: checkConsistency(claim) === undefined };
}
