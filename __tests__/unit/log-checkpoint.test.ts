/** The name of a log, and what of it goes along with messages. */

import { decodeVerifier, encodeNote, encodeVerifier, logVerifier } from "@/lib/protocol/log/checkpoint";
import { statedNoteMaxLength } from "@/lib/protocol/limits";

const publicKey = new Uint8Array(32).fill(5);
const verifier = logVerifier(publicKey);

test("LOG-03 a log has the name of its key, and a verifier line with another one is none", () => {
  expect(verifier.name).toBe("sealroom/0505050505050505");
  expect(decodeVerifier(encodeVerifier(verifier))).toEqual(verifier);
  for (const name of ["sealroom/0505050505050506", "a".repeat(200), ""]) {
    expect(decodeVerifier(encodeVerifier({ name, publicKey }))).toBeUndefined();
  }
});

test("LOG-13 no checkpoint of a log that clients follow is too long for a message", () => {
  const checkpoint = { origin: verifier.name, size: Number.MAX_SAFE_INTEGER, root: new Uint8Array(32) };
  expect(encodeNote(checkpoint, verifier, new Uint8Array(64)).length).toBeLessThanOrEqual(statedNoteMaxLength);
});
