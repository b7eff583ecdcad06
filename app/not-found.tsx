/** Any address that leads nowhere. */

import type { Metadata } from "next";

import { text } from "@/lib/text/catalogue";
import { SiteFrame } from "@/lib/ui/site-frame";

export const metadata: Metadata = { title: text.site.notFound.title };

export default function NotFoundPage() {
  const { notFound } = text.site;
  return (
    <SiteFrame>
      <h1>{notFound.title}</h1>
      <p className="lead">{notFound.body}</p>
      <p>
        <a className="button" href="/">
          {notFound.home}
        </a>
      </p>
    </SiteFrame>
  );
}
