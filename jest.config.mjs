import nextJest from "next/jest.js";

// These ship ES modules only; jest runs CommonJS, so they are transformed like our own code.
const esmOnly = ["ts-mls", "@hpke", "@noble", "@serenity-kit", "idb", "@zxcvbn-ts", "qr"];

const configure = nextJest({ dir: "./" })({
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.{ts,tsx}"],
  testPathIgnorePatterns: ["<rootDir>/node_modules/", "<rootDir>/.next/", "<rootDir>/__tests__/e2e/"],
  modulePathIgnorePatterns: ["<rootDir>/.next/"],
  moduleNameMapper: { "^@/(.*)$": "<rootDir>/$1" },
  setupFilesAfterEnv: ["<rootDir>/__tests__/support/setup.ts"],
  testTimeout: 30_000,
});

export default async function config() {
  const resolved = await configure();
  return { ...resolved, transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join("|")})/)`] };
}
