/** `/u/{name}/settings/history`: the archive for new devices, and copies in files. */

import type { Metadata } from "next";

import { ownName, requireSession } from "@/app/server-data";
import { historyPath, roomsPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { HistoryIsland } from "./history-island";

export const metadata: Metadata = { title: text.history.title };

export default async function HistoryPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  await requireSession(username, historyPath(username));
  const { history } = text;
  return (
    <SiteFrame>
      <h1>{history.title}</h1>
      <p>{history.intro}</p>
      <noscript>
        <Notice tone="info">
          <p>{history.noScript}</p>
        </Notice>
      </noscript>
      <HistoryIsland username={username} />
      <p>
        <a href={roomsPath(username)}>{history.back}</a>
      </p>
    </SiteFrame>
  );
}
