/**
 * The root of every page. Rendered per request: the content security policy's nonce is made for each one, so nothing
 * can be prepared at build time.
 */

import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

import { text } from "@/lib/text/catalogue";
import "@/lib/ui/styles/tokens.css";
import "@/lib/ui/styles/base.css";
import "@/lib/ui/styles/forms.css";
import "@/lib/ui/styles/choices.css";
import "@/lib/ui/styles/site.css";
import "@/lib/ui/styles/recovery.css";
import "@/lib/ui/styles/shell.css";
import "@/lib/ui/styles/room-list.css";
import "@/lib/ui/styles/invites.css";
import "@/lib/ui/styles/room.css";
import "@/lib/ui/styles/room-info.css";
import "@/lib/ui/styles/timeline.css";
import "@/lib/ui/styles/devices.css";
import "@/lib/ui/styles/log.css";
import "@/lib/ui/styles/verify.css";
import "@/lib/ui/styles/code.css";
import { CodeWatchIsland } from "./code-watch";

export const dynamic = "force-dynamic";

export const metadata: Metadata = {
  title: { default: `${text.site.name}: ${text.site.tagline}`, template: `%s · ${text.site.name}` },
  description: text.site.description,
  formatDetection: { telephone: false, email: false, address: false },
};

export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  viewportFit: "cover",
  interactiveWidget: "resizes-content",
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f5f3ed" },
    { media: "(prefers-color-scheme: dark)", color: "#111614" },
  ],
};

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <a className="skip" href="#main">
          {text.site.skip}
        </a>
        {children}
        <CodeWatchIsland />
      </body>
    </html>
  );
}
