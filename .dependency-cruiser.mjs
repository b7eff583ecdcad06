/**
 * Who may import whom: one rule per row of the table in docs/ARCHITECTURE.md. Each row is a closed list: what it does
 * not name is refused, so a new package must be given its place before anything can import it.
 */

const npm = (...names) => `(^|/)node_modules/(${names.join("|")})(/|$)`;
/** Node's own modules resolve to their bare name. */
const nodeModules =
  "^(node:)?(assert|async_hooks|buffer|crypto|events|fs|http|https|net|os|path|process|stream|url|util)(/|$)";

/** Everything under `from` may reach only what `may` lists. */
function row(name, from, may, comment) {
  return { name, comment, severity: "error", from, to: { pathNot: may } };
}

const rows = [
  row(
    "protocol-is-pure",
    { path: "^lib/protocol/" },
    ["^lib/protocol/", npm("zod", "@noble/hashes")],
    "Protocol only says what bytes mean. Key material goes to lib/crypto, anything with a clock, a disk or a network to lib/server or lib/client.",
  ),
  row(
    "crypto-has-no-reach",
    { path: "^lib/crypto/" },
    [
      "^lib/(crypto|protocol)/",
      npm("ts-mls", "@hpke", "@noble", "node-forge", "@types/node-forge", "@serenity-kit/opaque", "@zxcvbn-ts"),
    ],
    "Crypto takes bytes and gives bytes. Let the caller (lib/client, lib/server) store and send them, and hand in what is needed as an argument.",
  ),
  row(
    "engine-is-pure",
    { path: "^lib/client/engine/" },
    ["^lib/(client/engine|crypto|protocol)/", npm("zod")],
    "The engine reaches the world through its ports. Add what is missing to engine/ports.ts and implement it in store, transport or worker.",
  ),
  row(
    "client-shells",
    { path: "^lib/client/(store|transport|worker)/" },
    [
      "^lib/client/(engine|store|transport|worker)/",
      "^lib/(crypto|protocol)/",
      npm("idb", "socket\\.io-client", "socket\\.io-msgpack-parser", "zod"),
    ],
    "Store, transport and worker adapt the browser to the engine. Sentences belong to lib/text, components to lib/ui, hooks to lib/client/react.",
  ),
  row(
    "service-worker-is-small",
    { path: "^lib/client/service-worker/" },
    [
      "^lib/client/service-worker/",
      "^lib/protocol/(bytes|limits)\\.ts$",
      "^lib/protocol/code/",
      "^lib/text/(build-hash|en/code)\\.ts$",
    ],
    "The service worker guards the code, so people should be able to read all of it. It takes no package and no other part of ours.",
  ),
  row(
    "react-talks-to-the-worker",
    { path: "^lib/client/react/" },
    [
      "^lib/client/react/",
      "^lib/client/worker/(api|connect)\\.ts$",
      "^lib/client/service-worker/messages\\.ts$",
      "^lib/(protocol|ui|text)/",
      npm("react", "@types/react", "qr"),
    ],
    "Hooks see plain data from the worker. Ask for it in lib/client/worker/api.ts; keys and ciphertext never come to the page (docs/decisions/006).",
  ),
  row(
    "server-row",
    { path: "^lib/server/", pathNot: "^lib/server/db/generated/" },
    [
      "^lib/server/",
      "^lib/protocol/",
      "^lib/crypto/account/",
      // Refused below, with a reason of its own.
      "^lib/(crypto/mls|client)/",
      nodeModules,
      npm(
        "socket\\.io",
        "socket\\.io-msgpack-parser",
        "@prisma/client",
        "@prisma/adapter-better-sqlite3",
        "better-sqlite3",
        "@types/better-sqlite3",
        "pino",
        "rate-limiter-flexible",
        "zod",
        "@noble/hashes",
      ),
    ],
    "The server may use protocol, crypto/account and its own packages. A shape both sides need goes to lib/protocol; a new package needs its line in docs/dependencies.md and here.",
  ),
  row(
    "ui-draws",
    { path: "^lib/ui/" },
    ["^lib/(ui|text|protocol)/", npm("react", "@types/react", "react-dom", "@types/react-dom", "qr")],
    "Components get props and give events. Data comes from lib/client/react or from the page in app/; pass it in.",
  ),
  {
    name: "ui-takes-only-types-of-protocol",
    comment: "Components draw what they are given. Compute it in lib/client/react or app/ and pass the result.",
    severity: "error",
    from: { path: "^lib/ui/" },
    to: { path: "^lib/protocol/", dependencyTypesNot: ["type-only"] },
  },
  row(
    "text-is-words",
    { path: "^lib/text/" },
    ["^lib/(text|protocol)/", "^lib/client/worker/api\\.ts$"],
    "The catalogue turns codes and values into sentences. What to say when is decided by the caller.",
  ),
  {
    name: "text-takes-only-types-of-the-worker",
    comment: "The catalogue needs the closed list of local error codes, no code of the worker.",
    severity: "error",
    from: { path: "^lib/text/" },
    to: { path: "^lib/client/", dependencyTypesNot: ["type-only"] },
  },
  row(
    "app-addresses",
    { path: "^app/" },
    [
      "^app/",
      "^lib/server/(context\\.ts$|refused\\.ts$|http/)",
      "^lib/client/react/",
      "^lib/(ui|text|protocol)/",
      npm("next", "react", "@types/react", "react-dom", "@types/react-dom", "zod"),
    ],
    "A page or a handler parses, calls one service of lib/server/context, and answers. Rules belong to lib/server, keys to the worker.",
  ),
  row(
    "composition-root",
    { path: "^(server|proxy|prisma\\.config)\\.ts$|^next\\.config\\.mjs$" },
    ["^lib/(server|protocol|text)/", nodeModules, npm("next", "socket\\.io", "prisma", "@prisma")],
    "The root plugs services together. Move what decides something into lib/server.",
  ),
];

const fences = [
  {
    name: "server-cannot-read",
    comment:
      "The server must not be able to open what it carries, not even through others. Peek at headers with lib/protocol/mls; everything else is for the clients.",
    severity: "error",
    from: { path: "^(lib/server/|app/api/|server\\.ts$)" },
    to: { path: "^lib/(crypto/mls|client)/", reachable: true },
  },
  {
    name: "page-holds-no-keys",
    comment: "Secrets live in the worker. Add a call to lib/client/worker/api.ts and let the worker do it.",
    severity: "error",
    from: { path: "^lib/(client/react|ui)/" },
    to: { path: "^lib/crypto/", reachable: true },
  },
  {
    name: "islands-only",
    comment:
      "What a page sends to the browser is in lib/client/react and lib/ui. Server code in an island would ship to everybody.",
    severity: "error",
    from: { path: "^lib/(client|ui|text)/" },
    to: { path: "^lib/server/", reachable: true },
  },
  {
    name: "nothing-imports-addresses",
    comment: "lib does not know which URL shows it. Move the shared piece from app into lib.",
    severity: "error",
    from: { path: "^lib/" },
    to: { path: "^(app|__tests__|scripts|bench)/" },
  },
  {
    name: "product-without-tests",
    comment: "Test support stays with the tests.",
    severity: "error",
    from: { path: "^(app/|server\\.ts$|proxy\\.ts$)" },
    to: { path: "^(__tests__|bench)/" },
  },
  {
    name: "no-circular",
    comment: "Two files that need each other are one idea or three: put what both need in a third file.",
    severity: "error",
    from: { pathNot: "(^|/)node_modules/" },
    // Types that name each other vanish when compiled; values that do decide at run time who comes first.
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "product-without-development-packages",
    comment:
      "Installed without development packages, this import fails. Move the package to dependencies or the code to __tests__ or scripts.",
    severity: "error",
    from: { path: "^(app/|lib/|server\\.ts$|proxy\\.ts$)" },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "(^|/)node_modules/@types/" },
  },
  {
    name: "declared-packages",
    comment: "Add the package to package.json with its exact version, and its line to docs/dependencies.md.",
    severity: "error",
    from: { path: "^(app/|lib/|__tests__/|scripts/|server\\.ts$|proxy\\.ts$)", pathNot: "^lib/server/db/generated/" },
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
  },
  {
    name: "resolvable",
    comment: "This import leads nowhere: a typing error, or a package that is not installed.",
    severity: "error",
    from: { pathNot: "^lib/server/db/generated/" },
    // Made by `prisma generate`.
    to: { couldNotResolve: true, pathNot: "lib/server/db/generated|/db/generated|\\./generated" },
  },
];

export default {
  forbidden: [...rows, ...fences],
  options: {
    doNotFollow: { path: "node_modules|^lib/server/db/generated/" },
    exclude: { path: "^lib/server/db/generated/.*" },
    // An import of a type is an import: what a file knows is what it can come to depend on.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".d.ts"],
      mainFields: ["module", "main", "types"],
    },
  },
};
