/** What the log says of whoever a commit of this device would add (SPEC LOG-11). Judging the commits of others asks nobody. */

import type { Member } from "../../../crypto/mls/door";
import { AnchorsUnavailable } from "../anchors";
import type { RoomHost } from "../room-host";
import { accountName, certified, type Certified } from "./prove";

interface Newcomer {
  readonly member: Pick<Member, "accountId" | "username">;
  /** Of the device, DER. */
  readonly certificate: Uint8Array;
}

/** Of account and device together; `unknown`: nobody could say it now. That a person accepted the account adds nobody. */
export type Standing = "logged" | "missing" | "unknown";

/** In the order of the newcomers. */
export async function standingsOf(
  host: Pick<RoomHost, "keyLog" | "anchors">,
  newcomers: readonly Newcomer[],
): Promise<Standing[]> {
  const { keyLog } = host;
  const devices = newcomers.map(({ member, certificate }) => certified("device", member.accountId, certificate));
  const people = new Map(newcomers.map(({ member }) => [accountName(member.accountId, member.username), member]));
  const accounts = await Promise.all([...people].map(([name, { accountId }]) => accountOf(host, name, accountId)));
  await keyLog.ask([...devices, ...accounts.flat()]).catch(() => undefined);
  return newcomers.map(({ member }, index) => {
    const names = [devices[index]?.name ?? "", accountName(member.accountId, member.username)];
    if (names.every((name) => keyLog.isVouched(name))) return "logged";
    return names.some((name) => keyLog.isMissing(name) && !keyLog.isVouched(name)) ? "missing" : "unknown";
  });
}

/** Whom the directory does not know, or not by this name, the log cannot have. */
async function accountOf(
  { keyLog, anchors }: Pick<RoomHost, "keyLog" | "anchors">,
  name: string,
  accountId: string,
): Promise<Certified[]> {
  if (keyLog.isVouched(name)) return [];
  try {
    const certificate = await anchors(accountId);
    const account = certificate && certified("account", accountId, certificate);
    if (account?.name === name) return [account];
    keyLog.noteMissing([name]);
  } catch (error) {
    if (!(error instanceof AnchorsUnavailable)) throw error;
  }
  return [];
}
