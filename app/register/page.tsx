/** `/register`: a new account. */

import type { Metadata } from "next";

import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { RegisterForm } from "./register-form";

export const metadata: Metadata = { title: text.signIn.register.title };

export default function RegisterPage() {
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
      <RegisterForm />
      <p className="aside">
        {register.other} <a href="/login">{text.signIn.signIn}</a>
      </p>
    </SiteFrame>
  );
}
