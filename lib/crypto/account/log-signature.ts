/** Signing and opening the log's checkpoints (SPEC LOG-03; C2SP signed-note with Ed25519). */
import {
  checkpointText,
  decodeNote,
  encodeNote,
  signatureOf,
  type Checkpoint,
  type Verifier,
} from "@/lib/protocol/log/checkpoint";
import { signEd25519, verifyEd25519 } from "./ed25519";

/** `seed`: 32 bytes, that of the verifier's public key. */
export async function signCheckpoint(seed: Uint8Array, verifier: Verifier, checkpoint: Checkpoint): Promise<string> {
  return encodeNote(checkpoint, verifier, await signEd25519(seed, checkpointText(checkpoint)));
}

/** `undefined`: no checkpoint of this log, or not signed by its key. */
export async function openCheckpoint(note: Uint8Array, verifier: Verifier): Promise<Checkpoint | undefined> {
  const decoded = decodeNote(note);
  const signature = decoded && signatureOf(decoded, verifier);
  if (decoded === undefined || signature === undefined || decoded.checkpoint.origin !== verifier.name) return undefined;
  return (await verifyEd25519(verifier.publicKey, decoded.signed, signature)) ? decoded.checkpoint : undefined;
}
