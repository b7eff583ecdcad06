/** What the pages about the transparency log ask of the services. */

import { headers } from "next/headers";

import { accountLogMaxEntries } from "@/lib/protocol/limits";
import { getServices } from "@/lib/server/context";
import { lookUp } from "./refusal";

const recentEntries = 50;

export function logOverview() {
  return lookUp(async () => {
    const { transparencyLog, logPages, env } = getServices();
    return {
      head: logPages.head(await transparencyLog.head()),
      verifierLine: transparencyLog.verifierLine,
      recent: await logPages.entries(await transparencyLog.recent(recentEntries)),
      origin: env.publicOrigin ?? `http://${(await headers()).get("host") ?? "localhost"}`,
    };
  });
}

/** Found as `undefined`: there is none of that number. */
export function logEntry(index: string) {
  return lookUp(async () => {
    const { transparencyLog, logPages } = getServices();
    const number = /^(0|[1-9]\d{0,14})$/.test(index) ? Number(index) : undefined;
    const found = number === undefined ? undefined : await transparencyLog.at(number);
    const [entry] = found === undefined ? [] : await logPages.entries([found.entry]);
    return found === undefined || entry === undefined ? undefined : { entry, head: logPages.head(found.head) };
  });
}

/** What the log says of an account and of those it has its name from, newest first, each entry with its proof. */
export async function accountLog(accountId: string) {
  const { transparencyLog, logPages } = getServices();
  const { head, entries } = await transparencyLog.historyOf(accountId, accountLogMaxEntries);
  return { accountId, head: logPages.head(head), entries: (await logPages.entries(entries)).reverse() };
}
export type AccountLog = Awaited<ReturnType<typeof accountLog>>;
