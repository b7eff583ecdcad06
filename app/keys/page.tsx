/** `/keys?name=`: finds an account's public keys; a plain GET form, so it works without script. */

import type { Metadata } from "next";
import { redirect } from "next/navigation";

import { foldUsername, isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";

export const metadata: Metadata = { title: text.keys.title };

interface KeysPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function KeysPage({ searchParams }: KeysPageProps) {
  const { name } = await searchParams;
  const { keys } = text;
  const asked = typeof name === "string" ? name : undefined;
  if (asked !== undefined && isUsername(foldUsername(asked))) redirect(`/keys/${foldUsername(asked)}`);
  return (
    <SiteFrame>
      <h1>{keys.title}</h1>
      <p className="lead">{keys.lead}</p>
      <form className="card form" action="/keys" method="get">
        <div className="field">
          <label htmlFor="lookup-name">{keys.name}</label>
          <div className="field-box">
            <input
              id="lookup-name"
              name="name"
              type="text"
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              required
              maxLength={64}
              defaultValue={asked}
            />
          </div>
        </div>
        {asked !== undefined && (
          <Notice tone="error">
            <p>{keys.badName}</p>
          </Notice>
        )}
        <button type="submit" className="button button-primary">
          {keys.lookUp}
        </button>
      </form>
    </SiteFrame>
  );
}
