/** What the pages about the transparency log ask of the services. */

import { headers } from "next/headers";

import { accountLogMaxEntries } from "@/lib/protocol/limits";
import { getServices } from "@/lib/server/context";
import { addressHeader } from "@/lib/server/http/address";

const recentEntries = 50;

export async function logOverview() {
  const { transparencyLog, limits, logPages, env } = getServices();
  const asked = await headers();
  await limits.take("lookup", asked.get(addressHeader) ?? "unknown");
  return {
    head: logPages.head(await transparencyLog.head()),
    verifierLine: transparencyLog.verifierLine,
    recent: await logPages.entries(await transparencyLog.recent(recentEntries)),
    origin: env.publicOrigin ?? `http://${asked.get("host") ?? "localhost"}`,
  };
}

/** `undefined`: there is none of that number. */
export async function logEntry(index: string) {
  const { transparencyLog, limits, logPages } = getServices();
  await limits.take("lookup", (await headers()).get(addressHeader) ?? "unknown");
  const number = /^(0|[1-9]\d{0,14})$/.test(index) ? Number(index) : undefined;
  const found = number === undefined ? undefined : await transparencyLog.at(number);
  const [entry] = found === undefined ? [] : await logPages.entries([found.entry]);
  return found === undefined || entry === undefined ? undefined : { entry, head: logPages.head(found.head) };
}

/** What the log says of an account, newest first, each entry with its proof. */
export async function accountLog(accountId: string) {
  const { transparencyLog, logPages } = getServices();
  const { head, entries } = await transparencyLog.ofAccount(accountId, accountLogMaxEntries);
  return { head: logPages.head(head), entries: (await logPages.entries(entries)).reverse() };
}
export type AccountLog = Awaited<ReturnType<typeof accountLog>>;
