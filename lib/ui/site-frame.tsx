/** The frame of every page outside the rooms: brand, a few links, content, one line at the end. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { SealMark } from "./icons";

export function SiteFrame({ children, wide = false }: { readonly children: ReactNode; readonly wide?: boolean }) {
  const { site } = text;
  return (
    <div className="site">
      <header className="site-header">
        <a className="brand" href="/" aria-label={site.home}>
          <SealMark />
          <span>{site.name}</span>
        </a>
        <nav aria-label={site.navigation}>
          <a href="/keys">{site.nav.keys}</a>
          <a href="/log">{site.nav.log}</a>
          <a href="/about">{site.nav.about}</a>
        </nav>
      </header>
      <main id="main" tabIndex={-1} className={wide ? "site-main wide" : "site-main"}>
        {children}
      </main>
      <footer className="site-footer">
        {site.footer} <a href="/about#code">{site.code}</a>
      </footer>
    </div>
  );
}
