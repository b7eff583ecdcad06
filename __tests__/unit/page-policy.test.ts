/**
 * W19: what somebody puts into a page does not run. Here the policy that every page gets is judged as a browser judges it
 * (Content Security Policy Level 3, sections 6.7.3 and 8.2); that one really does is played in e2e/pages.spec.ts.
 */

import { readdirSync } from "node:fs";
import path from "node:path";

import { NextRequest } from "next/server";

import { pagePolicyOf } from "@/lib/protocol/code/content-policy";
import { config, proxy } from "@/proxy";

type Policy = ReadonlyMap<string, readonly string[]>;

function parse(policy: string): Policy {
  const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
  const names = directives.map(([name]) => name);
  // The first of a name counts, so there is to be one.
  expect(new Set(names).size).toBe(names.length);
  return new Map(directives.map(([name = "", ...sources]) => [name, sources]));
}

const sourcesOf = (policy: Policy, ...names: string[]) =>
  names.map((name) => policy.get(name)).find((sources) => sources !== undefined) ?? ["*"];

/** What of an injection runs, leads elsewhere or loads. */
function works(policy: Policy): string[] {
  const isOpen = (sources: readonly string[]) => sources.some((source) => /^(\*|https?:|\*\.)/.test(source));
  const isInlineAllowed = (sources: readonly string[]) =>
    sources.includes("'unsafe-inline'") && !sources.some((source) => /^'(nonce-|sha\d+-|strict-dynamic)/.test(source));
  const scripts = sourcesOf(policy, "script-src-elem", "script-src", "default-src");
  const handlers = sourcesOf(policy, "script-src-attr", "script-src", "default-src");
  const evaluated = sourcesOf(policy, "script-src", "default-src");
  const isScriptDataOpen = scripts.some((source) => /^(data|blob|filesystem):/.test(source));
  const tried: Record<string, boolean> = {
    "an inline script": isInlineAllowed(scripts),
    "an inline handler": isInlineAllowed(handlers),
    "code from text": evaluated.includes("'unsafe-eval'"),
    "a script of another host": isOpen(scripts),
    "a script in its own address": isScriptDataOpen,
    "a foreign worker": isOpen(sourcesOf(policy, "worker-src", "child-src", "script-src", "default-src")),
    "a plug-in": sourcesOf(policy, "object-src", "default-src").join() !== "'none'",
    "another base": sourcesOf(policy, "base-uri").join() !== "'none'",
    "a form to elsewhere": isOpen(sourcesOf(policy, "form-action")),
    "a frame around the page": sourcesOf(policy, "frame-ancestors").join() !== "'none'",
    "a request to elsewhere": ["connect-src", "img-src", "font-src", "style-src", "frame-src", "media-src"].some(
      (name) => isOpen(sourcesOf(policy, name, "default-src")),
    ),
    "an inline style": isInlineAllowed(sourcesOf(policy, "style-src-elem", "style-src", "default-src")),
  };
  return Object.keys(tried).filter((name) => tried[name] === true);
}

function policyOf(address: string): string {
  const response = proxy(new NextRequest(`https://chat.example${address}`));
  return response.headers.get("content-security-policy") ?? "";
}

const pages = readdirSync("app", { recursive: true, encoding: "utf8" })
  .filter((file) => path.basename(file) === "page.tsx")
  .map((file) => `/${path.dirname(file).replace(/^\.$/, "")}`.replace(/\[[^\]]+\]/g, "x"));

test("W19 HTTP-09 nothing that is put into a page runs or leads elsewhere under its policy", () => {
  expect(works(parse(policyOf("/")))).toEqual([]);
});

test("W19 the nonce is of this answer only, and random", () => {
  const nonces = Array.from({ length: 50 }, () => /'nonce-([^']+)'/.exec(policyOf("/login"))?.[1] ?? "");
  expect(new Set(nonces).size).toBe(50);
  for (const nonce of nonces) expect(Buffer.from(nonce, "base64")).toHaveLength(16);
});

test("W19 every page gets it", () => {
  expect(pages.length).toBeGreaterThan(15);
  const [matcher = ""] = config.matcher;
  for (const page of [...pages, "/no/such/page"])
    expect([page, new RegExp(`^${matcher}$`).test(page)]).toEqual([page, true]);
});

test("W19 a looser policy would be seen", () => {
  expect(works(parse("img-src 'self'"))).toEqual(expect.arrayContaining(["a script of another host", "another base"]));
  const loose = (scripts: string[], styles: string[] = []) => works(parse(pagePolicyOf(scripts, styles)));
  expect(loose(["'unsafe-inline'"])).toEqual(["an inline script", "an inline handler"]);
  // A nonce beside it takes its meaning.
  expect(loose(["'unsafe-inline'", "'nonce-x'"])).toEqual([]);
  expect(loose(["'unsafe-eval'"])).toEqual(["code from text"]);
  expect(loose(["https:"])).toEqual(["a script of another host"]);
  expect(loose(["data:"])).toEqual(["a script in its own address"]);
  expect(loose([], ["https://elsewhere.example"])).toEqual(["a request to elsewhere"]);
});
