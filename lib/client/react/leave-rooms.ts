/** All rooms of an account left by this browser, with an engine for that alone. */

import type { Result } from "../worker/api";
import { connectEngine } from "../worker/connect";

export async function leaveRoomsOf(username: string): Promise<Result<{ left: number; stuck: readonly string[] }>> {
  const engine = connectEngine(username);
  const result = await engine.leaveEverywhere();
  engine.close();
  return result;
}
