/**
 * Where signing in leads. Only addresses of the account itself and the page of invite links, and only those that exist:
 * whoever sends somebody a link to this page must not choose where they end up.
 */

const ownPath =
  /^\/(?:rooms(?:\/[0-9a-f]{32}(?:\/(?:info|report))?)?|settings\/(?:storage|key-log|devices|encryption|history|delete)|verify\/[a-z0-9][a-z0-9._-]{1,31}(?:\?key=[0-9a-f]{64})?)$/;
/** Opens the invite link that its tab keeps. */
export const joinPath = "/join";

export function roomsPath(username: string): string {
  return `/u/${username}/rooms`;
}

export function roomPath(username: string, roomId: string): string {
  return `${roomsPath(username)}/${roomId}`;
}

export function roomInfoPath(username: string, roomId: string): string {
  return `${roomPath(username, roomId)}/info`;
}

export function reportPath(username: string, roomId: string): string {
  return `${roomPath(username, roomId)}/report`;
}

export function storagePath(username: string): string {
  return `/u/${username}/settings/storage`;
}

export function keyLogPath(username: string): string {
  return `/u/${username}/settings/key-log`;
}

export function devicesPath(username: string): string {
  return `/u/${username}/settings/devices`;
}

export function encryptionPath(username: string): string {
  return `/u/${username}/settings/encryption`;
}

export function historyPath(username: string): string {
  return `/u/${username}/settings/history`;
}

export function deletePath(username: string): string {
  return `/u/${username}/settings/delete`;
}

/** `key`: id of the account that is meant, where a name could mean another one by now. */
export function verifyPath(username: string, person: string, key?: string): string {
  return `/u/${username}/verify/${person}${key === undefined ? "" : `?key=${key}`}`;
}

export function nextPath(username: string, asked: string | undefined): string {
  if (asked === joinPath) return joinPath;
  const own = `/u/${username}`;
  if (asked?.startsWith(own) !== true || !ownPath.test(asked.slice(own.length))) return roomsPath(username);
  return asked;
}

export type SignInReason = "device" | "damage";

/** Why only signing in helps, if it is so. */
export function signInReason(code: string): SignInReason | undefined {
  if (code === "NO_DEVICE") return "device";
  return code === "DEVICE_SET_ASIDE" ? "damage" : undefined;
}

/** The sign-in page, with the way back. */
export function loginPath(username: string, next: string, why?: SignInReason): string {
  const query = new URLSearchParams({ name: username, next, ...(why === undefined ? {} : { why }) });
  return `/login?${query.toString()}`;
}
