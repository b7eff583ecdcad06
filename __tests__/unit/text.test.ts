/** Every code has its sentence, and a sentence keeps what DESIGN section 8 promises: cause and cure. */

import { errorStatus, type ErrorCode } from "@/lib/protocol/errors";
import { text } from "@/lib/text/catalogue";
import { errorSentence, problemSentence, waitSentence } from "@/lib/text/errors";

const codes = Object.keys(errorStatus) as ErrorCode[];

/** All texts of the catalogue, functions called with a plain argument. */
function sentences(part: unknown): string[] {
  if (typeof part === "string") return [part];
  if (typeof part === "function") return [String((part as (...numbers: number[]) => unknown)(3, 4, 5, 6))];
  if (typeof part === "object" && part !== null) return Object.values(part).flatMap(sentences);
  return [];
}

test("TEXT-01 every protocol error has a sentence of its own, with a cure", () => {
  for (const code of codes) {
    const sentence = errorSentence(code);
    expect(sentence).toMatch(/^[A-Z].+\.$/);
    expect(sentence).not.toContain(code);
  }
  expect(Object.keys(text.errors).sort()).toEqual([...codes].sort());
});

test("TEXT-02 a wrong name and a wrong password read alike, wherever they were found", () => {
  expect(problemSentence({ code: "WRONG_PASSWORD_OR_NAME" })).toBe(problemSentence({ code: "WRONG_CREDENTIALS" }));
  expect(errorSentence("WRONG_CREDENTIALS")).not.toMatch(/unknown|no account|does not exist/i);
});

test("TEXT-03 the wait is said in full, and never too short", () => {
  expect(waitSentence(1)).toBe("Try again in 1 second.");
  expect(waitSentence(41_001)).toBe("Try again in 42 seconds.");
  expect(waitSentence(99_001)).toBe("Try again in 2 minutes.");
  expect(waitSentence(600_000)).toBe("Try again in 10 minutes.");
  expect(problemSentence({ code: "TOO_MANY_REQUESTS", retryAfterMs: 5000 })).toMatch(/Try again in 5 seconds\.$/);
});

test("TEXT-04 names of objects' own methods are not taken for codes", () => {
  expect(problemSentence({ code: "OFFLINE" })).toBe(text.localErrors.OFFLINE);
  expect(Object.hasOwn(text.localErrors, "toString")).toBe(false);
});

test("TEXT-05 no sentence has markup, doubled spaces or a hole", () => {
  for (const sentence of sentences(text)) expect(sentence).not.toMatch(/<|\s{2}|undefined|NaN|\[object/);
});

test("TEXT-06 the words that people and tests look for stay", () => {
  expect(text.signIn).toMatchObject({
    name: "Name",
    password: "Password",
    createAccount: "Create account",
    signIn: "Sign in",
  });
  expect(text.rooms).toMatchObject({
    newRoom: "New room",
    newMessage: "New message",
    signOut: "Sign out",
  });
  expect(text.newRoom).toMatchObject({ roomName: "Room name", create: "Create" });
  expect(text.room).toMatchObject({ join: "Join room", leave: "Leave room", message: "Message" });
  expect(text.timeline.states).toMatchObject({
    queued: "Sending",
    sending: "Sending",
    sent: "Sent",
    failed: "Not sent",
  });
});
