/**
 * Content security policies (CSP Level 3) of pages and of files. Here because two ends set them: the server with a nonce
 * for each answer (HTTP-09), and the service worker with the hashes of what it has looked at (CODE-08).
 */

/** WebAssembly is for OPAQUE. */
const compiled = "'wasm-unsafe-eval'";

/** For pages. `scripts` and `styles` are sources beside our own files. */
export function pagePolicyOf(scripts: readonly string[], styles: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts, compiled].join(" ")}`,
    `style-src ${["'self'", ...styles].join(" ")}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    // 'self' covers ws: and wss: of this origin (Content Security Policy Level 3, section 6.7.2.8).
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * For scripts and other files. A worker lives under the policy that its own file came with, and ours runs OPAQUE and
 * talks to this server.
 */
export function filePolicyOf(scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts, compiled].join(" ")}`,
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** For documents in which nothing may run. */
export const stillPolicy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
