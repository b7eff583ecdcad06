/** Sealroom's own stack as server.ts plugs it together, without Next, which no socket goes through. */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";

import { column } from "../../../lib/server/db/database";
import { parseEnv } from "../../../lib/server/env";
import { createFront } from "../../../lib/server/http/front";
import { createServices } from "../../../lib/server/services";
import { attachSockets } from "../../../lib/server/socket/attach";
import { errorSentence } from "../../../lib/text/errors";
import { resultsDir } from "../../rows";
import { member, roomId } from "../plan";
import { serve } from "./serve";

const given = process.env["BENCH_DATA_DIR"];
// Beside the sources and not in the system's folder for passing files, which may be memory.
const dataDir = given ?? mkdtempSync(path.join(resultsDir, ".data-"));
const services = await createServices(
  parseEnv({ DATA_DIR: dataDir, HOST: "127.0.0.1", LOG_LEVEL: "error", RATE_LIMIT_FACTOR: "1000000" }),
);
const server = createFront(
  services,
  (_, response) => {
    response.writeHead(404).end();
    return Promise.resolve();
  },
  errorSentence,
);
const sockets = attachSockets(server, services);

serve(server, prepare, async () => {
  await sockets.close();
  await services.close();
  if (given === undefined) rmSync(dataDir, { recursive: true, force: true });
});

/** Member by member the room that it will enter. Rows as registration leaves them, without the work of registering. */
async function prepare(roomIndexes: readonly number[]): Promise<void> {
  const members = roomIndexes.map((room, index) => ({ ...member(index), room }));
  const expiresAt = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
  const none = column(new Uint8Array(1));
  await services.database.write(async (transaction) => {
    const rooms = [...new Set(roomIndexes)];
    await transaction.room.createMany({
      data: rooms.map((index) => {
        const name = `Room ${index}`;
        return { id: roomId(index), name, nameFolded: name.toLowerCase(), kind: "open" };
      }),
    });
    await transaction.account.createMany({
      data: members.map(({ accountId, username }) => {
        return { id: accountId, username, certificate: none, opaqueRecord: "", vault: none };
      }),
    });
    await transaction.device.createMany({
      data: members.map(({ accountId, deviceId, publicKey }) => {
        return { id: deviceId, accountId, name: "Browser", certificate: none, publicKey: column(publicKey) };
      }),
    });
    await transaction.session.createMany({
      data: members.map(({ accountId, token }) => {
        return { tokenHash: createHash("sha256").update(token).digest("hex"), accountId, expiresAt };
      }),
    });
    await transaction.rosterEntry.createMany({
      data: members.map(({ deviceId, room }) => ({ roomId: roomId(room), deviceId })),
    });
  });
}
