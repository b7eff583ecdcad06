/**
 * `/u/{name}/verify/{person}`: safety numbers. `?key=` says which account of that name is meant; without it, the one that has the name
 * now. The server knows neither number nor mark: all of that is the browser's.
 */

import type { Metadata } from "next";

import { ownName, requireSession } from "@/app/server-data";
import { roomsPath, verifyPath } from "@/app/login/next-path";
import { accountIdSchema } from "@/lib/protocol/ids";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { VerifyIsland } from "./verify-island";

interface VerifyPageProps {
  readonly params: Promise<{ readonly name: string; readonly person: string }>;
  readonly searchParams: Promise<{ readonly key?: string | string[] }>;
}

export async function generateMetadata({ params }: Pick<VerifyPageProps, "params">): Promise<Metadata> {
  return { title: text.verify.title(ownName((await params).person)) };
}

export default async function VerifyPage({ params, searchParams }: VerifyPageProps) {
  const { name, person: asked } = await params;
  const [username, person] = [ownName(name), ownName(asked)];
  const key = accountIdSchema.safeParse((await searchParams).key).data;
  await requireSession(username, verifyPath(username, person, key));
  const { verify } = text;
  return (
    <SiteFrame wide>
      <h1>{verify.title(person)}</h1>
      <p className="lead">{verify.intro(person)}</p>
      {username === person ? (
        <p>{verify.self}</p>
      ) : (
        <>
          <p>{verify.how}</p>
          <noscript>
            <Notice tone="info">
              <p>{verify.noScript}</p>
            </Notice>
          </noscript>
          <VerifyIsland username={username} person={person} accountKey={key} />
        </>
      )}
      <p>
        <a href={roomsPath(username)}>{verify.back}</a>
      </p>
    </SiteFrame>
  );
}
