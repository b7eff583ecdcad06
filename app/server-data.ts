/**
 * What pages ask of the services, each once per request. Authorisation is here, in every page that calls
 * `requireSession`, and never in proxy.ts.
 */

import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { cache } from "react";

import { isUsername } from "@/lib/protocol/names";
import type { DirectoryEntry } from "@/lib/protocol/schemas/http";
import { getServices } from "@/lib/server/context";
import { sessionOf } from "@/lib/server/http/handle";
import { accountLog, type AccountLog } from "./log-data";
import { loginPath } from "./login/next-path";
import { lookUp, type Looked } from "./refusal";

/** The account name of an address, or the page for what does not exist. */
export function ownName(name: string): string {
  if (!isUsername(name)) notFound();
  return name;
}

export interface SignedIn {
  readonly accountId: string;
}

/** Leads to signing in, and from there to `next`, unless this browser is signed in as `name`. */
export async function requireSession(name: string, next: string): Promise<SignedIn> {
  const username = ownName(name);
  const session = await sessionOf(getServices(), username, (await headers()).get("cookie"));
  if (session === undefined) redirect(loginPath(username, next));
  return { accountId: session.accountId };
}

/** The devices of who is signed in, as the directory has them. */
export async function ownDevices({ accountId }: SignedIn) {
  return (await getServices().devices.list(accountId)).devices;
}

/** Whether this browser has a session of that account. */
export async function isSignedIn(username: string): Promise<boolean> {
  return (await sessionOf(getServices(), username, (await headers()).get("cookie"))) !== undefined;
}

export interface ListedRoom {
  readonly roomId: string;
  readonly name: string;
}

export const openRooms = cache(async (): Promise<ListedRoom[]> => {
  const rooms = await getServices().delivery.rooms.list();
  return rooms.map(({ id, name }) => ({ roomId: id, name }));
});

export const openRoom = cache(async (roomId: string): Promise<ListedRoom | undefined> => {
  const room = await getServices().delivery.rooms.find(roomId);
  return room && { roomId: room.id, name: room.name };
});

export type AccountKeys =
  | {
      readonly state: "living";
      readonly entry: DirectoryEntry;
      readonly safetyDigits: string;
      readonly log: AccountLog;
    }
  | { readonly state: "deleted"; readonly username: string; readonly deletedAt: string; readonly log: AccountLog };

/** What the directory says about `name`, and what the log still says of it when its account was deleted. */
export function accountKeys(name: string): Promise<Looked<AccountKeys>> {
  const { directory } = getServices();
  return lookUp(async () => {
    const username = ownName(name);
    const { accountId, deletedAt } = await directory.holderOf(username);
    const log = await accountLog(accountId);
    if (deletedAt !== undefined) return { state: "deleted", username, deletedAt: deletedAt.toISOString(), log };
    const entry = await directory.byId(accountId);
    return { state: "living", entry, safetyDigits: directory.safetyDigits(entry), log };
  });
}

/** Hash of the code manifest; `undefined` while developing. */
export function servedBuildHash(): string | undefined {
  return getServices().code?.buildHash;
}

/** The address of this site as the reader has it, to be shown and for nothing else. */
export async function siteOrigin(): Promise<string> {
  const { publicOrigin, shownHost } = getServices().env;
  return publicOrigin ?? `http://${(await headers()).get("host") ?? shownHost}`;
}
