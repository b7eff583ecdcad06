/**
 * A process that adds devices to an account as fast as it can, to be killed while it does: `DATA_DIR` names the database,
 * standard input brings account id and offered devices as JSON. Says one line for each that was added.
 */

import { text } from "node:stream/consumers";

import { newDevice } from "@/lib/protocol/schemas/http";
import { parseEnv } from "@/lib/server/env";
import { createServices } from "@/lib/server/services";

interface Work {
  readonly accountId: string;
  readonly devices: readonly unknown[];
}

async function write(): Promise<void> {
  const { accountId, devices } = JSON.parse(await text(process.stdin)) as Work;
  const services = await createServices(parseEnv(process.env));
  const offered = devices.map((device) => newDevice.parse(device));
  for (const device of offered) {
    await services.devices.add({ accountId, tokenHash: "", deviceId: "held" }, device);
    process.stdout.write("added\n");
  }
  await services.close();
}

void write();
