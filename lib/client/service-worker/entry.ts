/**
 * The service worker: stands between pages of this origin and the network, and lets only accepted code through
 * (docs/decisions/019). It answers for code and for pages; API, sockets and pictures pass by untouched.
 */

import { codeManifestPath } from "../../protocol/code/manifest";
import { acceptedBuilds, expectsWorker, meetWorker, servedBuild, takeBuild, type Build } from "./builds";
import { cacheStore } from "./cache-store";
import { answerCode, answerConsent, answerPage, type Answer } from "./gate";
import { askState, type WatchState } from "./messages";
import { foreignOf } from "./foreign";
import type { Ports } from "./ports";

const scope = self as unknown as ServiceWorkerGlobalScope;
const { origin } = scope.location;

const ports: Ports = {
  store: cacheStore(),
  ask: (path, cache) =>
    fetch(origin + path, { cache, credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(askMs) }),
};

/** For one file, however slow the line. Who never answers must not leave a page open for ever. */
const askMs = 60_000;

/** Everything that a browser runs or styles with. Documents are known by their mode. */
const codeDestinations: ReadonlySet<RequestDestination> = new Set([
  "audioworklet",
  "paintworklet",
  "script",
  "sharedworker",
  "style",
  "worker",
  "xslt",
]);

/** What was refused of late, for the page that asks. */
let refused: string[] = [];
const refusedShown = 5;

/** The first build is taken on trust. Whatever was accepted earlier stays, also under another worker. */
async function takeFirst(): Promise<void> {
  if ((await acceptedBuilds(ports)).length > 0) return;
  const served = await servedBuild(ports);
  const taken = served.kind === "build" ? await takeBuild(ports, served.build) : undefined;
  if (taken?.ok !== true) throw new Error(`no build to keep: ${taken === undefined ? served.kind : taken.why}`);
}

scope.addEventListener("install", (event) => {
  event.waitUntil(takeFirst());
});

scope.addEventListener("activate", (event) => {
  // Where there is no room to note it, the next one is expected as well.
  event.waitUntil(Promise.all([scope.clients.claim(), meetWorker(ports).catch(() => undefined)]));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(navigate(request));
  else if (codeDestinations.has(request.destination)) event.respondWith(load(request, url));
  else if (url.origin === origin && url.pathname === codeManifestPath) event.respondWith(ownManifest(request, url));
});

async function load(request: Request, url: URL): Promise<Response> {
  const builds = await acceptedBuilds(ports);
  if (builds.length === 0) return fetch(request);
  return note(await answerCode(ports, builds, url.origin === origin ? url.pathname : url.href));
}

async function navigate(request: Request): Promise<Response> {
  const builds = await acceptedBuilds(ports);
  if (!isFilled(builds)) return fetch(request);
  const token = await tokenIn(request);
  if (token !== undefined) {
    const answer = await answerConsent(ports, builds, token, request.url);
    if (answer !== undefined) {
      // Who said yes has been told.
      if (answer.status === 303) refused = [];
      return answer;
    }
  }
  const [fetched, served] = await Promise.all([fetch(request), servedBuild(ports)]);
  // Where a redirect leads comes back here as a navigation of its own.
  if (fetched.type === "opaqueredirect") return fetched;
  return note(await answerPage(ports, builds, fetched, served, origin));
}

/** Pages and workers ask which build they run: the accepted one built from their `source`, or the newest. */
async function ownManifest(request: Request, url: URL): Promise<Response> {
  const builds = await acceptedBuilds(ports);
  const source = url.searchParams.get("source");
  const own = builds.find(({ manifest }) => manifest.source === source) ?? builds[0];
  if (own === undefined) return fetch(request);
  // Its manifest is lost, and what the server has is not it.
  if (own.encoded.length === 0) return new Response(null, { status: 404 });
  return new Response(own.encoded, { headers: { "content-type": "application/json" } });
}

scope.addEventListener("message", (event) => {
  const asker = event.ports[0] ?? event.source;
  if (event.data === askState && asker !== null) event.waitUntil(tell(asker));
});

async function tell(page: Client | ServiceWorker | MessagePort): Promise<void> {
  await takeFirst().catch(() => undefined);
  const builds = await acceptedBuilds(ports);
  const [current] = builds;
  const served = await servedBuild(ports);
  const state: WatchState = {
    type: "code",
    accepted: current?.hash,
    served: served.kind === "build" ? served.build.hash : undefined,
    expectsAnother: await expectsWorker(ports, builds),
    refused: foreignOf(refused, builds, served),
  };
  page.postMessage(state);
}

/** Pages that are open are told at once, one that is being loaded when it asks. */
function note({ response, refused: more }: Answer): Response {
  if (more.length > 0) {
    refused = [...new Set([...refused, ...more])].slice(-refusedShown);
    void scope.clients.matchAll({ type: "window" }).then((pages) => Promise.all(pages.map(tell)));
  }
  return response;
}

/** The token of a form that the worker made; no other page of ours sends such a body. */
async function tokenIn(request: Request): Promise<string | undefined> {
  const type = request.headers.get("content-type") ?? "";
  if (request.method !== "POST" || !type.startsWith("application/x-www-form-urlencoded")) return undefined;
  return new URLSearchParams(await request.clone().text()).get("token") ?? undefined;
}

function isFilled(builds: Build[]): builds is [Build, ...Build[]] {
  return builds.length > 0;
}
