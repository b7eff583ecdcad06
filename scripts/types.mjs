/**
 * Type-checks each runtime by itself, so that `window` in protocol or `Buffer` in client does not compile.
 *
 * One TypeScript process for all of them: libraries are parsed once. And a wall that tsc does not have: packages name
 * the platform they know (`/// <reference types="node" />` in the types of node-forge or socket.io-client), which
 * would bring Node's globals into browser code. Those references are dropped unless the project itself asks for them.
 * Only a project's own files are reported, since each file is checked once, where it runs.
 *
 * `--root=FOLDER` checks another tree (the tests plant violations in one); further arguments name the projects.
 */

import path from "node:path";

import ts from "typescript";

import { root as ownRoot } from "./prepare.mjs";

/** Folder of each tsconfig.json. */
const everyProject = [
  "lib/protocol",
  "lib/text",
  "lib/crypto",
  "lib/client",
  "lib/client/react",
  "lib/ui",
  "lib/server",
  "app",
  "scripts",
  "bench",
  "__tests__",
];

const sourceFiles = new Map();

/** Parses a file once per set of references that may stay in it. */
function sourceFile(fileName, languageVersion, keepsReference) {
  const isPackage = fileName.includes("/node_modules/") && !fileName.includes("/node_modules/typescript/lib/");
  const key = isPackage ? `${keepsReference.key}:${fileName}` : fileName;
  if (!sourceFiles.has(key)) {
    const text = ts.sys.readFile(fileName);
    const parsed = text === undefined ? undefined : ts.createSourceFile(fileName, text, languageVersion);
    if (parsed !== undefined && isPackage) {
      parsed.typeReferenceDirectives = parsed.typeReferenceDirectives.filter(keepsReference);
      parsed.libReferenceDirectives = parsed.libReferenceDirectives.filter(keepsReference);
    }
    sourceFiles.set(key, parsed);
  }
  return sourceFiles.get(key);
}

/** What a project may hear of: its own `types`, its own `lib`, and everything that is no platform. */
function referenceFilter({ types = [], lib = [] }) {
  const libraries = new Set(lib.map((file) => file.replace(/^lib\.|\.d\.ts$/g, "")));
  const hasPlatform = (name) => libraries.has(name) || !/^(dom|webworker)/.test(name);
  const keeps = ({ fileName }) => (fileName === "node" ? types.includes("node") : hasPlatform(fileName.toLowerCase()));
  return Object.assign(keeps, { key: [...types, ...libraries].join() });
}

function check(root, project) {
  const folder = path.join(root, project);
  const configFile = path.join(folder, "tsconfig.json");
  const config = ts.getParsedCommandLineOfConfigFile(
    configFile,
    { incremental: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    },
  );
  const host = ts.createCompilerHost(config.options);
  const keepsReference = referenceFilter(config.options);
  host.getSourceFile = (fileName, languageVersion) => sourceFile(fileName, languageVersion, keepsReference);
  const program = ts.createProgram(config.fileNames, config.options, host);
  const own = new Set(config.fileNames.map((name) => path.resolve(name)));
  const diagnostics = [...config.errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  for (const file of program.getSourceFiles()) {
    if (!own.has(path.resolve(file.fileName))) continue;
    diagnostics.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
  }
  return { diagnostics, files: own.size };
}

const option = process.argv.find((argument) => argument.startsWith("--root="));
const root = option === undefined ? ownRoot : path.resolve(option.slice("--root=".length));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const formatHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => "\n",
};

for (const project of named.length > 0 ? named : everyProject) {
  const startedAt = performance.now();
  const { diagnostics, files } = check(root, project);
  if (diagnostics.length > 0) process.exitCode = 1;
  process.stdout.write(ts.formatDiagnostics(diagnostics, formatHost));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${project}: ${files} files, ${diagnostics.length} errors (${seconds} s)`);
}
