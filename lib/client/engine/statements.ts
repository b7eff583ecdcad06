/**
 * What a device states beside its words, sealed with them: the newest head of the transparency log that it knows (SPEC LOG-13) and the build
 * it runs (CODE-11). Each once in a room, and again when it has changed.
 */

import type { Member } from "../../crypto/mls/door";
import type { Content } from "../../protocol/content";
import { statedNoteMaxLength } from "../../protocol/limits";
import type { Draft } from "./draft";
import type { Pending } from "./records";
import type { RoomHost } from "./room-host";

type Stated = Pick<Content, "log" | "build">;

export interface Statement {
  readonly log: string | undefined;
  readonly build: string | undefined;
  readonly by: Member;
}

/** For the next message. It is said once the message is in the order; until then each one carries it. */
export function toState(draft: Draft, { keyLog, builds }: Pick<RoomHost, "keyLog" | "builds">): Stated {
  const { said } = draft.meta;
  const log = keyLog.note === said.log ? undefined : keyLog.note;
  const build = builds.own === said.build ? undefined : builds.own;
  return {
    ...(log === undefined || log.length > statedNoteMaxLength ? {} : { log }),
    ...(build === undefined ? {} : { build }),
  };
}

/** An own message has come back in the order. */
export function hasStated(draft: Draft, { stated }: Pending): void {
  if (stated !== undefined) draft.meta.said = { ...draft.meta.said, ...stated };
}

/** Of a message that the room has taken in. */
export function heed({ log, build, by }: Statement, { keyLog, builds }: Pick<RoomHost, "keyLog" | "builds">): void {
  if (log !== undefined) keyLog.heard(log, { username: by.username, accountId: by.accountId });
  if (build !== undefined) void builds.heard(by, build);
}
