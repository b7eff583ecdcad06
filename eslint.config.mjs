/** What the linter asks of every file. Formatting is prettier's, imports are dependency-cruiser's. */

import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Shapes that STYLE refuses, with what to write instead. */
const refusedShapes = [
  { selector: "TSEnumDeclaration", message: "Use a union of string literals: it needs no code and no import." },
  { selector: "ExportAllDeclaration", message: "No barrels: import from the file that has it." },
  { selector: "ExportDefaultDeclaration", message: "Name what you export, so that everybody calls it the same." },
];

/** Platform globals that types allow (they come with the worker library) and that crypto must not reach for. */
const storageAndNetwork = ["caches", "fetch", "indexedDB", "WebSocket", "XMLHttpRequest", "importScripts", "navigator"];

export default tseslint.config(
  {
    ignores: [".next/", "coverage/", "data/", "lib/server/db/generated/", "next-env.d.ts", "test-results/"],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-syntax": ["error", ...refusedShapes],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // Numbers read the same in every template; anything else does not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // A closed union must be handled to its last member, or say `default` on purpose.
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      // The compiler says it already, per runtime.
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  {
    // Next finds pages, the policy and the configuration by their default exports.
    files: ["app/**", "*.config.ts", "__tests__/e2e/**", "**/*.d.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...refusedShapes.filter(({ selector }) => selector !== "ExportDefaultDeclaration"),
      ],
    },
  },
  {
    files: ["lib/crypto/**"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...storageAndNetwork.map((name) => ({
          name,
          message: "Crypto neither stores nor sends: let the caller do it.",
        })),
      ],
    },
  },
  {
    files: ["lib/{ui,client/react}/**", "app/**"],
    plugins: { "react-hooks": reactHooks },
    rules: reactHooks.configs.flat.recommended.rules,
  },
  {
    files: ["__tests__/**"],
    rules: {
      // A test that meets what it does not expect should stop right there.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Fakes of asynchronous ports have nothing to wait for.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["**/*.mjs"],
    extends: [tseslint.configs.base],
    rules: {
      eqeqeq: "error",
      "no-undef": "off",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
);
