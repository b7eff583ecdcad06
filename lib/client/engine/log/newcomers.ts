/** What the log says of whoever a commit of this device would add (SPEC LOG-11). Judging the commits of others asks nobody. */

import type { Member } from "../../../crypto/mls/door";
import type { RoomHost } from "../room-host";
import { accountName, certified, type Certified } from "./prove";

export interface Newcomer {
  readonly member: Pick<Member, "accountId" | "username">;
  /** Of the device, DER. */
  readonly certificate: Uint8Array;
}

/** Of account and device together; `unknown`: nobody could say it now. That a person accepted the account adds nobody. */
export type Standing = "logged" | "missing" | "unknown";

/** In the order of the newcomers. Throws `AnchorsUnavailable` when the directory does not say who they are. */
export async function standingsOf(
  host: Pick<RoomHost, "keyLog" | "anchors">,
  newcomers: readonly Newcomer[],
): Promise<Standing[]> {
  const { keyLog } = host;
  const devices = newcomers.map(({ member, certificate }) => certified("device", member.accountId, certificate));
  const people = new Map(newcomers.map(({ member }) => [accountName(member.accountId, member.username), member]));
  const accounts = await Promise.all([...people.values()].map((member) => accountToProve(host, member)));
  await keyLog.ask([...devices, ...accounts.filter((account) => account !== undefined)]);
  return newcomers.map(({ member }, index) => {
    const names = [devices[index]?.name ?? "", accountName(member.accountId, member.username)];
    if (names.every((name) => keyLog.isVouched(name))) return "logged";
    return names.some((name) => keyLog.isMissing(name) && !keyLog.isVouched(name)) ? "missing" : "unknown";
  });
}

/**
 * The account's certificate, of which a proof is to be asked for; `undefined`: there is nothing to ask. Whom the directory does not know, or
 * not by this name, the log cannot have. Throws `AnchorsUnavailable` when the directory does not say.
 */
export async function accountToProve(
  { keyLog, anchors }: Pick<RoomHost, "keyLog" | "anchors">,
  { accountId, username }: Pick<Member, "accountId" | "username">,
): Promise<Certified | undefined> {
  const name = accountName(accountId, username);
  if (keyLog.isVouched(name)) return undefined;
  const certificate = await anchors(accountId);
  const account = certificate && certified("account", accountId, certificate);
  if (account?.name === name) return account;
  keyLog.noteMissing([name]);
  return undefined;
}
