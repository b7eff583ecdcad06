/** `/register`: a new account. */

import type { Metadata } from "next";

import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { RegisterForm } from "./register-form";

export const metadata: Metadata = { title: text.signIn.register.title };

interface RegisterPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function RegisterPage({ searchParams }: RegisterPageProps) {
  const { next } = await searchParams;
  const { register, noScript } = text.signIn;
  return (
    <SiteFrame>
      <h1>{register.title}</h1>
      <p className="lead">{register.lead}</p>
      <noscript>
        <Notice tone="info">
          <p>{noScript.register}</p>
        </Notice>
      </noscript>
      <RegisterForm next={typeof next === "string" ? next : undefined} />
      <p className="aside">
        {register.other} <a href="/login">{text.signIn.signIn}</a>
      </p>
    </SiteFrame>
  );
}
