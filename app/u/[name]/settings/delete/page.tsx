/** `/u/{name}/settings/delete`: the end of the account, after what that means. */

import type { Metadata } from "next";

import { deletePath, encryptionPath } from "@/app/login/next-path";
import { ownName, requireSession } from "@/app/server-data";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { DeleteForm } from "./delete-form";

export const metadata: Metadata = { title: text.recovery.delete.title };

export default async function DeletePage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  await requireSession(username, deletePath(username));
  const words = text.recovery.delete;
  return (
    <SiteFrame>
      <h1>{words.title}</h1>
      <p className="lead">{words.lead}</p>
      <ul className="prose-list">
        {words.list.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <noscript>
        <Notice tone="info">
          <p>{words.noScript}</p>
        </Notice>
      </noscript>
      <DeleteForm username={username} />
      <p>
        <a href={encryptionPath(username)}>{words.cancel}</a>
      </p>
    </SiteFrame>
  );
}
