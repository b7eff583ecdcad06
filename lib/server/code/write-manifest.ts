/** The last step of a build: states what it made. Run by scripts/prepare.mjs. SPEC CODE-02. */

import { writeFile } from "node:fs/promises";
import path from "node:path";

import { encodeManifest } from "../../protocol/code/manifest";
import { builtFiles, manifestFile } from "./build-files";

/** `root` has the build in `.next`; `source` is the hash of what it was built from. */
export async function writeManifest(root: string, source: string): Promise<void> {
  const folder = path.join(root, ".next");
  const manifest = encodeManifest({ source, files: await builtFiles(folder) });
  await writeFile(path.join(folder, manifestFile), manifest);
}
