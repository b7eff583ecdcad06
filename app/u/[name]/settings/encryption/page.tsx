/** `/u/{name}/settings/encryption`: the vault, the recovery key, the password, and the ways out. */

import type { Metadata } from "next";

import { deletePath, encryptionPath, roomsPath } from "@/app/login/next-path";
import { ownName, requireSession } from "@/app/server-data";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { EncryptionIsland } from "./encryption-island";

export const metadata: Metadata = { title: text.recovery.settings.title };

export default async function EncryptionPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  await requireSession(username, encryptionPath(username));
  const { settings } = text.recovery;
  return (
    <SiteFrame>
      <h1>{settings.title}</h1>
      <p>{settings.intro}</p>
      <noscript>
        <Notice tone="info">
          <p>{settings.noScript}</p>
        </Notice>
      </noscript>
      <EncryptionIsland username={username} />
      <h2>{settings.leaveTitle}</h2>
      <p>
        {settings.lost} <a href={`/reset?name=${username}`}>{settings.lostLink}</a>
      </p>
      <p>
        <a href={deletePath(username)}>{settings.deleteLink}</a>
      </p>
      <p>
        <a href={roomsPath(username)}>{settings.back}</a>
      </p>
    </SiteFrame>
  );
}
