/**
 * The content security policy of every page, with a nonce per request. Nothing else happens here: who may see what is
 * decided in handlers and pages. SPEC HTTP-09.
 */

import { NextResponse, type NextRequest } from "next/server";

import { pagePolicy } from "./lib/server/http/security-headers";

const nonceBytes = 16;

export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(nonceBytes))));
  const policy = pagePolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  // Next reads the nonce for its own scripts from the policy on the request.
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  response.headers.set("cache-control", "no-store");
  return response;
}

// The API is left out so that its bodies are not buffered on the way; files have a policy of their own.
export const config = {
  matcher: ["/((?!api/|_next/static/|icon\\.svg|code-manifest\\.json|service-worker\\.js).*)"],
};
