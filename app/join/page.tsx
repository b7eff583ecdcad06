/**
 * `/join#<fragment>`: opens an invite link. The server sends this page and nothing about any room: what stands behind the #
 * never reaches it.
 */

import type { Metadata } from "next";

import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { JoinIsland } from "./join-island";

export const metadata: Metadata = { title: text.join.title, robots: { index: false } };

export default function JoinPage() {
  const { join } = text;
  return (
    <SiteFrame>
      <h1>{join.title}</h1>
      <p className="lead">{join.lead}</p>
      <noscript>
        <Notice tone="info">
          <p>{join.noScript}</p>
        </Notice>
      </noscript>
      <JoinIsland />
    </SiteFrame>
  );
}
