/** `/log/{index}`: one entry of the transparency log with its proof at the present head. */

import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { logEntry } from "@/app/log-data";
import { RefusedPage } from "@/app/refused-page";
import { text } from "@/lib/text/catalogue";
import { LogEntry } from "@/lib/ui/log-entry";
import { SiteFrame } from "@/lib/ui/site-frame";

interface LogEntryPageProps {
  readonly params: Promise<{ readonly index: string }>;
}

export const metadata: Metadata = { title: text.log.title };

export default async function LogEntryPage({ params }: LogEntryPageProps) {
  const { log } = text;
  const looked = await logEntry((await params).index);
  if (!looked.ok) return <RefusedPage title={log.title} error={looked.error} />;
  if (looked.found === undefined) notFound();
  const { entry, head } = looked.found;
  return (
    <SiteFrame wide>
      <h1>{log.title}</h1>
      <p>
        <a href="/log">{log.recent}</a> · {log.account}{" "}
        <a href={`/keys/${entry.username}`}>
          <bdi>{entry.username}</bdi>
        </a>
      </p>
      <LogEntry entry={entry} size={head.size} root={head.root} open />
      <p>{log.utc}</p>
    </SiteFrame>
  );
}
