/** Headers of every answer: pages, API and files alike. SPEC HTTP-09, HTTP-10. */

import type { ServerResponse } from "node:http";

import { filePolicyOf, pagePolicyOf } from "../../protocol/code/content-policy";
import type { Env } from "../env";

const yearSeconds = 365 * 24 * 60 * 60;

/** Nothing in an API answer is cached or runs. */
export const apiHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
} as const;

const closedFeatures = [
  "accelerometer",
  "browsing-topics",
  "display-capture",
  "geolocation",
  "gyroscope",
  "hid",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

/** The camera reads codes of safety numbers and of devices to be linked (SPEC VER, LINK), here and in no frame of ours. */
const permissions = [...closedFeatures.map((feature) => `${feature}=()`), "camera=(self)"].join(", ");

/** On every answer, before anything else is written. `pathname` has no query. */
export function setSecurityHeaders(response: ServerResponse, pathname: string, env: Env): void {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("permissions-policy", permissions);
  if (env.publicOrigin?.startsWith("https:") === true) {
    response.setHeader("strict-transport-security", `max-age=${String(yearSeconds)}; includeSubDomains`);
  }
  if (pathname.startsWith("/api/")) {
    for (const [name, value] of Object.entries(apiHeaders)) response.setHeader(name, value);
  } else {
    // Pages get theirs, with a nonce, from proxy.ts.
    response.setHeader("content-security-policy", filePolicy(env.isDevelopment));
  }
}

/** For scripts and other files. */
function filePolicy(isDevelopment: boolean): string {
  return filePolicyOf(evaluation(isDevelopment));
}

/** For pages: only what carries the nonce of this very answer runs, and what that loads. */
export function pagePolicy(nonce: string, isDevelopment: boolean): string {
  return pagePolicyOf(
    [`'nonce-${nonce}'`, "'strict-dynamic'", ...evaluation(isDevelopment)],
    // Next's development overlay writes styles of its own.
    [isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`],
  );
}

/** React's development build needs eval; what people run does not. */
function evaluation(isDevelopment: boolean): string[] {
  return isDevelopment ? ["'unsafe-eval'"] : [];
}
