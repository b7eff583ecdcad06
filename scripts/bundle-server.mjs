/** Turns server.ts and what it imports of ours into one file, so that a running server carries no compiler. */

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
