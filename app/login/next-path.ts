/**
 * Where signing in leads. Only addresses of the account itself, and only those that exist: whoever sends somebody a
 * link to this page must not choose where they end up.
 */

const ownPath = /^\/(?:rooms(?:\/[0-9a-f]{32})?|settings\/storage)$/;

export function roomsPath(username: string): string {
  return `/u/${username}/rooms`;
}

export function storagePath(username: string): string {
  return `/u/${username}/settings/storage`;
}

export function nextPath(username: string, asked: string | undefined): string {
  const own = `/u/${username}`;
  if (asked?.startsWith(own) !== true || !ownPath.test(asked.slice(own.length))) return roomsPath(username);
  return asked;
}

/** The sign-in page, with the way back. */
export function loginPath(username: string, next: string, why?: "device"): string {
  const query = new URLSearchParams({ name: username, next, ...(why === undefined ? {} : { why }) });
  return `/login?${query.toString()}`;
}
