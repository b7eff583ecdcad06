/**
 * The door to MLS with a witness beside it. A test file replaces the real modules by these (jest.mock), and a mutation test
 * plants its bug here.
 */

import type * as Adopt from "@/lib/crypto/mls/adopt";
import type * as Commit from "@/lib/crypto/mls/commit";
import type { CommitOptions } from "@/lib/crypto/mls/commit";
import type * as Create from "@/lib/crypto/mls/create";
import type * as Encrypt from "@/lib/crypto/mls/encrypt";
import type * as JoinExternal from "@/lib/crypto/mls/join-external";
import type * as Process from "@/lib/crypto/mls/process";
import type { Group, Processed } from "@/lib/crypto/mls/door";
import { ownMember } from "@/lib/crypto/mls/roster";
import { deviceKey } from "@/lib/client/engine/records";

import type { Witness } from "./witness";

/** What a mutation test makes of honest results. */
export interface Bug {
  message?(message: Uint8Array, plaintext: Uint8Array): Uint8Array;
  processed?(result: Processed, group: Group, message: Uint8Array): Processed;
  commit?(options: CommitOptions): CommitOptions;
}

let current: Witness | undefined;
let bug: Bug = {};

export function plant(planted: Bug): void {
  bug = planted;
}

export function watch(witness: Witness | undefined): void {
  current = witness;
}

export function watchedEncrypt(real: typeof Encrypt): typeof Encrypt {
  return {
    ...real,
    async encrypt(group, plaintext) {
      const made = await real.encrypt(group, plaintext);
      current?.sealedWith(group, "application", plaintext, made.message);
      return bug.message === undefined ? made : { ...made, message: bug.message(made.message, plaintext) };
    },
  };
}

export function watchedCommit(real: typeof Commit): typeof Commit {
  return {
    ...real,
    async commit(group, identity, options = {}) {
      const made = await real.commit(group, identity, bug.commit === undefined ? options : bug.commit(options));
      current?.sealedWith(group, "handshake", undefined, made.commit);
      current?.book.committed(deviceKey(ownMember(group)), group, made.next, made.commit, made.groupInfo);
      return made;
    },
  };
}

export function watchedCreate(real: typeof Create): typeof Create {
  return {
    ...real,
    async createGroup(options) {
      const made = await real.createGroup(options);
      current?.joinedWith(deviceKey(options.identity), made.groupInfo);
      current?.book.founded(deviceKey(options.identity), made.group, made.groupInfo);
      return made;
    },
  };
}

export function watchedJoinExternal(real: typeof JoinExternal): typeof JoinExternal {
  return {
    ...real,
    async joinExternal(options, ...rest) {
      const made = await real.joinExternal(options, ...rest);
      if (!made.ok) return made;
      const by = deviceKey(options.identity);
      current?.joinedWith(by, made.commit);
      current?.book.entered(by, options.groupInfo, made.next, made.commit, made.groupInfo);
      return made;
    },
  };
}

export function watchedProcess(real: typeof Process): typeof Process {
  return {
    ...real,
    async processEvent(group, message) {
      current?.looksFrom(group);
      const result = await real.processEvent(group, message);
      return bug.processed === undefined ? result : bug.processed(result, group, message);
    },
  };
}

export function watchedAdopt(real: typeof Adopt): typeof Adopt {
  return {
    ...real,
    adoptCommit(group, next) {
      current?.looksFrom(group);
      return real.adoptCommit(group, next);
    },
  };
}
