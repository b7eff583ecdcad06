/**
 * OPAQUE's server secret, in a file beside the database and not in it: who takes the database alone cannot even guess
 * passwords. Losing it loses every password, so a backup holds both.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { createServerSetup } from "../../crypto/account/opaque-server";

const fileName = "opaque-server-setup";

export async function loadServerSetup(dataDir: string): Promise<string> {
  const file = path.join(dataDir, fileName);
  if (existsSync(file)) return readFileSync(file, "utf8");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const made = await createServerSetup();
  writeFileSync(file, made, { mode: 0o600, flag: "wx", flush: true });
  return made;
}
