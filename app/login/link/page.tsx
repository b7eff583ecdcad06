/** `/login/link`: makes this browser a device of an account that another device vouches for. */

import type { Metadata } from "next";

import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { LinkIsland } from "./link-island";

export const metadata: Metadata = { title: text.linking.title };

export default function LinkPage() {
  const { linking } = text;
  return (
    <SiteFrame>
      <h1>{linking.title}</h1>
      <p className="lead">{linking.lead}</p>
      <noscript>
        <Notice tone="info">
          <p>{linking.noScript}</p>
        </Notice>
      </noscript>
      <LinkIsland />
      <p className="aside">
        {linking.other} <a href="/login">{linking.otherLink}</a>
      </p>
    </SiteFrame>
  );
}
