/** `/reset?name=`: password and recovery key are both lost. The consequences come before the form. */

import type { Metadata } from "next";

import { foldUsername, isUsername } from "@/lib/protocol/names";
import { isSignedIn } from "@/app/server-data";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { ResetForm } from "./reset-form";

export const metadata: Metadata = { title: text.recovery.reset.title };

interface ResetPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function ResetPage({ searchParams }: ResetPageProps) {
  const { name } = await searchParams;
  const { reset } = text.recovery;
  const asked = typeof name === "string" ? foldUsername(name) : "";
  const known = isUsername(asked) ? asked : "";
  return (
    <SiteFrame>
      <h1>{reset.title}</h1>
      <p className="lead">{reset.lead}</p>
      <h2>{reset.consequences}</h2>
      <ul className="prose-list">
        {reset.list.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <noscript>
        <Notice tone="info">
          <p>{reset.noScript}</p>
        </Notice>
      </noscript>
      <ResetForm name={known} signedIn={known !== "" && (await isSignedIn(known))} />
    </SiteFrame>
  );
}
