/** What a page would run that the manifest does not name, and whether its policy keeps to our sources. SPEC CODE-03. */

import { chunksNamedIn, pageCode } from "../../protocol/code/page-code";
import type { Fetched } from "./bounded-fetch";

/** What a policy for scripts may name (lib/protocol/code/content-policy.ts). */
const scriptSource = /^'(?:self|strict-dynamic|wasm-unsafe-eval|nonce-[A-Za-z0-9+/_-]+={0,2})'$/;

/** One line for each thing that does not belong; `known` are the manifest's paths. */
export function examinePage(
  { status, headers, bytes }: Extract<Fetched, { kind: "answer" }>,
  origin: string,
  known: ReadonlySet<string>,
): string[] {
  if (bytes === undefined) return ["is too large to be looked at"];
  if (status !== 200 && status !== 404) return [`answers ${status}`];
  const type = headers.get("content-type") ?? "";
  if (!/^text\/html; *charset=utf-8$/i.test(type)) return [`is ${type}, no page`];
  const html = new TextDecoder().decode(bytes);
  const { addresses, foreign } = pageCode(html);
  const unknown = [...addresses, ...chunksNamedIn(html)].filter((address) => !known.has(pathOf(address, origin)));
  return [
    ...foreign.map((code) => `inline code: ${code}`),
    ...new Set(unknown.map((address) => `not in the manifest: ${address}`)),
    ...policyFindings(headers.get("content-security-policy") ?? ""),
  ];
}

function pathOf(address: string, origin: string): string {
  if (!URL.canParse(address, origin)) return address;
  const url = new URL(address, origin);
  return url.origin === origin ? url.pathname : url.href;
}

function policyFindings(policy: string): string[] {
  const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
  const scripts = directives.find(([name]) => name === "script-src");
  if (scripts === undefined) return ["its policy has no script-src"];
  return scripts
    .slice(1)
    .filter((source) => !scriptSource.test(source))
    .map((source) => `its policy lets scripts run from ${source}`);
}
