/** Where a build keeps what browsers get, and under which paths they ask for it. SPEC CODE-02. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { serviceWorkerPath, staticPath, type CodeFile } from "../../protocol/code/manifest";

export const manifestFile = "sealroom-code-manifest.json";
export const serviceWorkerFile = "sealroom-service-worker.js";
const iconPath = "/icon.svg";
const iconFile = "server/app/icon.svg.body";

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Every file of the build in `folder` (`.next`) that browsers run, or that decides what they run. */
export async function builtFiles(folder: string): Promise<CodeFile[]> {
  const names = await readdir(path.join(folder, "static"), { recursive: true, withFileTypes: true });
  const served = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(folder, "static"), path.join(entry.parentPath, entry.name)))
    .map((name) => [staticPath + name.split(path.sep).join("/"), path.join("static", name)] as const);
  const all = [...served, [serviceWorkerPath, serviceWorkerFile] as const, [iconPath, iconFile] as const];
  return await Promise.all(
    all.map(async ([url, file]) => {
      const bytes = await readFile(path.join(folder, file));
      return { path: url, sha256: sha256Hex(bytes), bytes: bytes.length };
    }),
  );
}
