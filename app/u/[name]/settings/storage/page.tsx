/** `/u/{name}/settings/storage`: what this browser keeps, and how well this device could read. */

import type { Metadata } from "next";

import { ownName, requireSession } from "@/app/server-data";
import { roomsPath, storagePath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { StorageIsland } from "./storage-island";

export const metadata: Metadata = { title: text.storage.title };

export default async function StoragePage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  await requireSession(username, storagePath(username));
  const { storage } = text;
  return (
    <SiteFrame>
      <h1>{storage.title}</h1>
      <p>{storage.intro}</p>
      <noscript>
        <Notice tone="info">
          <p>{storage.noScript}</p>
        </Notice>
      </noscript>
      <StorageIsland username={username} />
      <p>
        <a href={roomsPath(username)}>{storage.back}</a>
      </p>
    </SiteFrame>
  );
}
