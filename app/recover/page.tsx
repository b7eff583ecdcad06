/** `/recover?name=`: a forgotten password, and the recovery key. */

import type { Metadata } from "next";

import { foldUsername, isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { RecoverForm } from "./recover-form";

export const metadata: Metadata = { title: text.recovery.forgot.title };

interface RecoverPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function RecoverPage({ searchParams }: RecoverPageProps) {
  const { name } = await searchParams;
  const { forgot } = text.recovery;
  const asked = typeof name === "string" ? foldUsername(name) : "";
  return (
    <SiteFrame>
      <h1>{forgot.title}</h1>
      <p className="lead">{forgot.lead}</p>
      <p>{forgot.sessions}</p>
      <noscript>
        <Notice tone="info">
          <p>{forgot.noScript}</p>
        </Notice>
      </noscript>
      <RecoverForm name={isUsername(asked) ? asked : ""} />
      <p className="aside">
        {forgot.noKey} <a href="/reset">{forgot.noKeyLink}</a>
      </p>
    </SiteFrame>
  );
}
