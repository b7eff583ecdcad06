/** A server on which every device of a town has its account, as registration would have left it. */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { generalId } from "../../__tests__/support/person";
import { ServerProcess } from "../../__tests__/support/server-process";
import type { DeviceIdentity } from "../../lib/crypto/mls/door";
import type { RoomId } from "../../lib/protocol/ids";
import { column } from "../../lib/server/db/database";
import { parseEnv } from "../../lib/server/env";
import { cookieName } from "../../lib/server/http/cookies";
import { createServices } from "../../lib/server/services";

/** A device and the session of its account: all that an engine needs to be online. */
export interface Guest {
  readonly identity: DeviceIdentity;
  readonly cookie: string;
}

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

  get origin(): string {
    return this.#server.origin;
  }

  guest(identity: DeviceIdentity): Guest {
    return { identity, cookie: this.#cookies.get(identity.username) ?? "" };
  }

  async close(): Promise<void> {
    // Whoever is still connected has nothing to say any more.
    await this.#server.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
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
