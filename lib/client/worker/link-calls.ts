/** Linking as calls: one link at a time in this worker, which holds its keys between them and forgets them with the page. */

import type { LinkAnswered, Result } from "./api";
import { GrantingLink } from "./link-grant";
import { NewLink } from "./link-new";
import type { AccountPorts } from "./register";

const nothing: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };

let made: NewLink | undefined;
let granting: GrantingLink | undefined;

export async function startLink(ports: AccountPorts): Promise<Result<{ code: string }>> {
  const started = await NewLink.start(ports);
  if (!started.ok) return started;
  made = started.value;
  return { ok: true, value: { code: made.code } };
}

export async function awaitLink(): Promise<Result<LinkAnswered>> {
  return made === undefined ? nothing : await made.answered();
}

export async function finishLink(deviceName: string): Promise<Result<{ username: string }>> {
  return made === undefined ? nothing : await made.finish(deviceName);
}

export async function answerLink(ports: AccountPorts, username: string, code: string): Promise<Result<LinkAnswered>> {
  const answered = await GrantingLink.answer(ports, username, code);
  if (!answered.ok) return answered;
  granting = answered.value;
  return { ok: true, value: granting.answered };
}

export async function grantLink(password: string): Promise<Result<null>> {
  return granting === undefined ? nothing : await granting.grant(password);
}
