/** What the code is built from, as `scripts/prepare.mjs` hashes it: the same on every machine, with git or without. */
const source = process.env.SEALROOM_SOURCE ?? "development";

/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  // A random one would make two builds differ (CODE-01).
  generateBuildId: () => source.slice(0, 20),
  env: { SEALROOM_SOURCE: source },
  // Metadata in the head for everybody: streamed later, it brings inline code of React's (CODE-03).
  htmlLimitedBots: /.*/,
  // Images are our own few; the optimizer would be one more thing that fetches.
  images: { unoptimized: true },
  // Types are checked by `npm run verify`, once per runtime.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["@prisma/client", "@prisma/adapter-better-sqlite3", "better-sqlite3", "pino"],
};
