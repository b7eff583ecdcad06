/**
 * For the Prisma CLI. `npm start` generates the client itself; by hand it is
 * `PRISMA_SCHEMA_ENGINE_BINARY="$(command -v node)" npx prisma generate` (generating needs no schema engine, but the CLI
 * wants to see one, and offline it cannot be downloaded).
 */
import { defineConfig } from "prisma/config";

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env["DATABASE_URL"] ?? "file:./data/sealroom.db" },
});
