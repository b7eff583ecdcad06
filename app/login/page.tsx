/** `/login?name=&next=`: a way back in, on a known browser or a new one. */

import type { Metadata } from "next";

import { foldUsername, isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { LoginForm } from "./login-form";

export const metadata: Metadata = { title: text.signIn.login.title };

interface LoginPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function LoginPage({ searchParams }: LoginPageProps) {
  const { name, next, why } = await searchParams;
  const { login, noScript } = text.signIn;
  const asked = typeof name === "string" ? foldUsername(name) : "";
  return (
    <SiteFrame>
      <h1>{login.title}</h1>
      <p className="lead">{login.lead}</p>
      {why === "device" && (
        <Notice tone="info">
          <p>{login.noDevice}</p>
        </Notice>
      )}
      {why === "damage" && (
        <Notice tone="warning">
          <p>{problemSentence({ code: "DEVICE_SET_ASIDE" })}</p>
        </Notice>
      )}
      <noscript>
        <Notice tone="info">
          <p>{noScript.login}</p>
        </Notice>
      </noscript>
      <LoginForm name={isUsername(asked) ? asked : ""} next={typeof next === "string" ? next : undefined} />
      <p className="aside">
        <a href={isUsername(asked) ? `/recover?name=${asked}` : "/recover"}>{text.recovery.forgot.link}</a>
      </p>
      <p className="aside">
        {text.linking.fromLogin} <a href="/login/link">{text.linking.fromLoginLink}</a>
      </p>
      <p className="aside">
        {login.other} <a href="/register">{text.signIn.createAccount}</a>
      </p>
    </SiteFrame>
  );
}
