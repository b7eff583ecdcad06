/**
 * The code that a page of ours brings along: files by address, and inline scripts. Ours have no inline code, only inline
 * data, in three closed forms, which tell Next's files what to draw (CODE-03). Used by the verifier and by the service
 * worker. Script tags are read in one strict form, which browsers read alike; one in any other form is foreign. For all else neither
 * depends on reading HTML exactly as a browser does: what is overlooked here, a policy stops there.
 */

export interface PageCode {
  /** Addresses as they are written, of scripts, style sheets and what is loaded ahead. */
  readonly addresses: readonly string[];
  /** Texts of inline scripts that are bootstrap data. */
  readonly data: readonly string[];
  /** What is neither: inline code, handlers in attributes, script addresses. Each cut to a line that can be shown. */
  readonly foreign: readonly string[];
}

const shownLength = 120;

/** HTML knows quotes only where a value begins, unquoted values without any, and these five characters as space. */
const space = String.raw`[\t\n\f\r ]`;
const name = String.raw`[^\s"'<>/=]+`;
const value = String.raw`"[^"]*"|'[^']*'|[^\s"'=<>\x60]+`;
const equals = `${space}*=${space}*`;
const attributePattern = new RegExp(`(${name})(?:${equals}(${value}))?`, "g");
const scriptPattern = new RegExp(
  `<script((?:${space}+${name}(?:${equals}(?:${value}))?)*)${space}*>([^]*?)(?:</script${space}*>|$)`,
  "gi",
);

export function pageCode(html: string): PageCode {
  const addresses: string[] = [];
  const data: string[] = [];
  const foreign: string[] = [];
  let read = 0;
  const rest = html.replace(scriptPattern, (_, attributes: string, content: string) => {
    read += 1;
    const source = attribute(attributes, "src");
    if (source !== undefined) addresses.push(source);
    else if (isBootstrapData(content)) data.push(content);
    else foreign.push(shown(`<script>${content}`));
    return "";
  });
  // Also one that stands inside another, or in a value: ours write neither.
  if ([...html.matchAll(/<script/gi)].length !== read) foreign.push("a script tag that cannot be read");
  for (const [tag, kind = "", attributes = ""] of rest.matchAll(/<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi)) {
    const isLoaded = /^(?:stylesheet|preload|modulepreload|prefetch)$/i.test(attribute(attributes, "rel") ?? "");
    const address = attribute(attributes, "href");
    if (kind.toLowerCase() === "link" && isLoaded && address !== undefined) addresses.push(address);
    const bare = attributes.replace(/"[^"]*"|'[^']*'/g, '""');
    if (/(?:^|[\s/"])on[a-z]+\s*=/i.test(bare) || /(?:href|src|action)\s*=\s*["']?\s*javascript:/i.test(attributes))
      foreign.push(shown(tag));
    if (/^(?:base|embed|frame|iframe|object)$/i.test(kind)) foreign.push(shown(tag));
  }
  return { addresses, data, foreign };
}

/**
 * Whether a script's text is data for the code of our files and can be nothing else: one call with one JSON value.
 * JSON is a subset of JavaScript's expressions (ECMA-262, since 2019).
 */
export function isBootstrapData(text: string): boolean {
  if (text === "(self.__next_f=self.__next_f||[]).push([0])") return true;
  const flight = /^self\.__next_f\.push\((\[[\s\S]*\])\)$/.exec(text)?.[1];
  if (flight !== undefined) return isFlight(json(flight));
  const start = /^\(globalThis\["TURBOPACK"\] \|\| \(globalThis\["TURBOPACK"\] = \[\]\)\)\.push\((\{[\s\S]*\})\);?$/;
  const chunks = start.exec(text)?.[1];
  return chunks !== undefined && isChunkList(json(chunks));
}

/** Files of ours that the data of a page names, as paths of URLs. */
export function chunksNamedIn(html: string): string[] {
  const named = html.matchAll(/(?:\/_next\/|(?<=\\?"))(static\/[A-Za-z0-9._~/-]+\.(?:js|css))/g);
  return [...new Set([...named].map(([, file = ""]) => `/_next/${file}`))].sort();
}

/** Next's instructions: 1 is a piece of text for React, 3 the same in base64. */
function isFlight(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && (value[0] === 1 || value[0] === 3) && typeof value[1] === "string"
  );
}

function isChunkList(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { otherChunks, runtimeModuleIds, ...more } = value as Readonly<Record<string, unknown>>;
  return (
    Array.isArray(otherChunks) &&
    otherChunks.every((chunk) => typeof chunk === "string") &&
    Array.isArray(runtimeModuleIds) &&
    runtimeModuleIds.every((id) => typeof id === "number" || typeof id === "string") &&
    Object.keys(more).length === 0
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function attribute(attributes: string, wanted: string): string | undefined {
  for (const [, found = "", written = ""] of attributes.matchAll(attributePattern))
    // The first of a name counts.
    if (found.toLowerCase() === wanted) return written.replace(/^(["'])(.*)\1$/s, "$2").replaceAll("&amp;", "&");
  return undefined;
}

function shown(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > shownLength ? `${line.slice(0, shownLength)}…` : line;
}
