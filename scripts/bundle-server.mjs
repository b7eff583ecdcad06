/**
 * Turns server.ts and what it imports of ours into one file, so that a running server carries no compiler; and the
 * service worker into one script, which Next does not build.
 */

import path from "node:path";

import { build } from "esbuild";

/** The database client is generated as CommonJS, with files of its own beside it: it stays where it is. */
function keepGenerated(outfile) {
  return {
    name: "keep-generated",
    setup({ onResolve }) {
      onResolve({ filter: /\/generated\/client$/ }, ({ path: wanted, resolveDir }) => {
        const file = `${path.resolve(resolveDir, wanted)}.js`;
        return { path: path.relative(path.dirname(outfile), file).replaceAll(path.sep, "/"), external: true };
      });
    },
  };
}

export async function bundleServer(root, outfile, entry = "server.ts") {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
    plugins: [keepGenerated(outfile)],
  });
}

/** Where the server finds it (lib/server/code/served-code.ts). Not minified: it is short, and people should read it. */
export async function bundleServiceWorker(root) {
  await build({
    absWorkingDir: root,
    entryPoints: ["lib/client/service-worker/entry.ts"],
    outfile: path.join(root, ".next/sealroom-service-worker.js"),
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
  });
}
