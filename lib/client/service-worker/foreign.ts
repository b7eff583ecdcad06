/** Which refusals a page is told of. SPEC CODE-07, CODE-09. */

import type { Build, Served } from "./builds";

/**
 * What belongs to the build that the server states and to none that was accepted is told as a change, not as foreign code: an open
 * page loads ahead what pages of the new build name. What an accepted build names and did not come as it should stays.
 */
export function foreignOf(refused: readonly string[], accepted: readonly Build[], served: Served): string[] {
  if (served.kind !== "build") return [...refused];
  const has = ({ manifest }: Build, path: string) => manifest.files.some((file) => file.path === path);
  return refused.filter((path) => !has(served.build, path) || accepted.some((build) => has(build, path)));
}
