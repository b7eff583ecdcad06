/** @type {import("next").NextConfig} */
export default {
  reactStrictMode: true,
  poweredByHeader: false,
  // Images are our own few; the optimizer would be one more thing that fetches.
  images: { unoptimized: true },
  // Types are checked by `npm run verify`, once per runtime.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["@prisma/client", "@prisma/adapter-better-sqlite3", "better-sqlite3", "pino"],
};
