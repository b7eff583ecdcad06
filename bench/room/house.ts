/** A server with a full General: every device of a town has its account there, some of them as engines that live. */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { generalId, realClock } from "../../__tests__/support/person";
import { ServerProcess } from "../../__tests__/support/server-process";
import { Engine } from "../../lib/client/engine/engine";
import type { Transport } from "../../lib/client/engine/ports";
import { MemoryStore } from "../../lib/client/store/memory-store";
import { HttpApi } from "../../lib/client/transport/http";
import { SocketTransport } from "../../lib/client/transport/socket";
import type { DeviceIdentity } from "../../lib/crypto/mls/door";
import { randomBytes } from "../../lib/crypto/random";
import type { RoomId } from "../../lib/protocol/ids";
import { column } from "../../lib/server/db/database";
import { parseEnv } from "../../lib/server/env";
import { cookieName } from "../../lib/server/http/cookies";
import { createServices } from "../../lib/server/services";

export class House {
  readonly #cookies = new Map<string, string>();
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), "sealroom-bench-"));
  readonly #server = new ServerProcess(this.#folder);
  roomId!: RoomId;

  static async of(devices: readonly DeviceIdentity[]): Promise<House> {
    const house = new House();
    await house.#admit(devices);
    await house.#server.start();
    house.roomId = await generalId(house.#server.origin);
    return house;
  }

  async close(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** An engine of `identity` with an empty store, on its way to being online. `wrap` may stand before its server. */
  async open(identity: DeviceIdentity, wrap = (transport: Transport) => transport): Promise<Engine> {
    const { origin } = this.#server;
    const cookie = this.#cookies.get(identity.username) ?? "";
    const headers = { cookie, origin };
    const http = new HttpApi({ origin, fetch: (url, init) => fetch(url, { ...init, headers: { ...headers } }) });
    return await Engine.start({
      identity: { ...identity, serverPublicKey: "", vaultVersion: 1 },
      store: new MemoryStore(),
      transport: wrap(new SocketTransport({ origin, identity, http, extraHeaders: headers })),
      clock: realClock,
      random: { bytes: randomBytes },
      emit: () => undefined,
    });
  }

  /** What registration leaves behind, without its passwords: they play no part here. */
  async #admit(devices: readonly DeviceIdentity[]): Promise<void> {
    const env = parseEnv({ DATA_DIR: this.#server.dataDir, LOG_LEVEL: "silent" });
    const services = await createServices(env);
    await services.database.write(async (transaction) => {
      for (const { accountId, username, accountCertificate, deviceId, deviceCertificate, publicKey } of devices) {
        if (!this.#cookies.has(username)) {
          const certificate = column(accountCertificate);
          const account = { id: accountId, username, certificate, opaqueRecord: "", vault: certificate };
          await transaction.account.create({ data: account });
          const token = await services.sessions.start(transaction, accountId);
          this.#cookies.set(username, `${cookieName(username, env)}=${token}`);
        }
        const certificate = column(deviceCertificate);
        const device = { id: deviceId, accountId, name: "bench", certificate, publicKey: column(publicKey) };
        await transaction.device.create({ data: device });
      }
    });
    await services.close();
  }
}
