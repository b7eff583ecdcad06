/** `/u/{name}/settings/key-log`: the transparency log as this device sees it, its alarms, and new devices of the account. */

import type { Metadata } from "next";

import { ownName, requireSession } from "@/app/server-data";
import { keyLogPath, roomsPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { KeyLogIsland } from "./key-log-island";

export const metadata: Metadata = { title: text.ownLog.title };

export default async function KeyLogPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  await requireSession(username, keyLogPath(username));
  const { ownLog } = text;
  return (
    <SiteFrame>
      <h1>{ownLog.title}</h1>
      <p>{ownLog.intro}</p>
      <noscript>
        <Notice tone="info">
          <p>{ownLog.noScript}</p>
        </Notice>
      </noscript>
      <KeyLogIsland username={username} />
      <p>
        <a href="/log">{ownLog.publicLog}</a> · <a href={roomsPath(username)}>{ownLog.back}</a>
      </p>
    </SiteFrame>
  );
}
