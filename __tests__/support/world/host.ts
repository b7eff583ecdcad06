/** The real server services over SQLite, without sockets: requests are called, stored events are handed on. */

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import type { DeviceIdentity } from "@/lib/crypto/mls/door";
import type { Failure } from "@/lib/client/engine/ports";
import { concatBytes } from "@/lib/protocol/bytes";
import { roomIdSchema, type RoomId } from "@/lib/protocol/ids";
import { logPageEntries } from "@/lib/protocol/limits";
import {
  requestSchemas,
  type Request,
  type RequestName,
  type AccountNotice,
  type RoomEvent,
  type WelcomeNotice,
} from "@/lib/protocol/schemas/socket";
import { parseEnv } from "@/lib/server/env";
import { Refused } from "@/lib/server/refused";
import { column } from "@/lib/server/db/database";
import { createServices, type Services } from "@/lib/server/services";

export type HostAnswer = { ok: true; value: unknown } | { ok: false; error: Failure };

export class Host {
  #services: Services | undefined;
  readonly #dataDir = mkdtempSync(path.join(os.tmpdir(), "sealroom-world-"));
  /** Told of every stored event while it is stored. */
  onStored: (roomId: string, event: RoomEvent) => void = () => undefined;

  /** Answers to how many members the knock was passed on. */
  onKnock: (deviceId: string, request: Request<"room:knock">) => number = () => 0;
  onWelcome: (to: readonly string[], notice: WelcomeNotice) => void = () => undefined;
  /** To all devices of the account. */
  onAccount: (accountId: string, what: AccountNotice["what"]) => void = () => undefined;
  /** To whoever is in one of the rooms. */
  onRevoked: (revocation: Uint8Array, roomIds: readonly string[]) => void = () => undefined;

  get isUp(): boolean {
    return this.#services !== undefined;
  }

  get services(): Services {
    if (this.#services === undefined) throw new Error("the server is down");
    return this.#services;
  }

  async start(): Promise<void> {
    const env = parseEnv({ DATA_DIR: this.#dataDir, LOG_LEVEL: "silent", NODE_ENV: "test" });
    this.#services = await createServices(env);
    this.#services.delivery.onStored((roomId, event) => {
      this.onStored(roomId, event);
    });
    this.#services.delivery.onLetter(({ deviceId, notice }) => {
      this.onWelcome([deviceId], notice);
    });
    this.#services.devices.onRevoked(({ revocation, roomIds }) => {
      this.onRevoked(revocation, roomIds);
    });
    this.#services.accountNotices.onNotice((accountId, { what }) => {
      this.onAccount(accountId, what);
    });
  }

  async stop(): Promise<void> {
    await this.#services?.close();
    this.#services = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** The server must be down. */
  backUp(): void {
    for (const file of this.#databaseFiles()) copyFileSync(file, `${file}.backup`);
  }

  /** The server must be down. */
  restore(): void {
    for (const file of this.#databaseFiles()) copyFileSync(`${file}.backup`, file);
  }

  /** Everything that is on the server's disk. */
  disk(): Buffer {
    const files = readdirSync(this.#dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(path.join(parentPath, name))));
  }

  /** Directory, keyrings, archives and inboxes as on the first day: worlds share their accounts. */
  async forget(): Promise<void> {
    await this.services.database.write(async (transaction) => {
      await transaction.device.updateMany({ data: { revokedAt: null, revocation: null } });
      await transaction.keyring.deleteMany();
      await transaction.archive.deleteMany();
      await transaction.keyPackage.deleteMany();
      await transaction.inboxEntry.deleteMany();
    });
  }

  /**
   * An account and its device as registration would have stored them; its password plays no part here. Devices are listed in the
   * order of `createdAt`.
   */
  async admit(identity: DeviceIdentity, createdAt: Date): Promise<void> {
    const { accountId, username, accountCertificate, deviceId, deviceCertificate, publicKey } = identity;
    await this.services.database.write(async (transaction) => {
      const certificate = column(accountCertificate);
      await transaction.account.upsert({
        where: { id: accountId },
        create: { id: accountId, username, certificate, opaqueRecord: "", vault: certificate },
        update: {},
      });
      await transaction.device.create({
        data: {
          id: deviceId,
          accountId,
          name: "simulated",
          createdAt,
          certificate: column(deviceCertificate),
          publicKey: column(publicKey),
        },
      });
      const isNew = (await transaction.logEntry.count({ where: { accountId } })) === 0;
      await this.services.transparencyLog.append(transaction, [
        ...(isNew ? [{ kind: "account" as const, accountId, certificate: accountCertificate }] : []),
        { kind: "device", accountId, certificate: deviceCertificate },
      ]);
    });
  }

  async makeRoom(id: string, name: string): Promise<RoomId> {
    const room = await this.services.delivery.rooms.create(roomIdSchema.parse(id), name);
    return roomIdSchema.parse(room.id);
  }

  /** One request of a device that has proven itself. */
  request(identity: DeviceIdentity, name: RequestName, payload: unknown): Promise<HostAnswer> {
    return this.call(() => this.#dispatch(identity, name, payload));
  }

  /** As `request`, of what is asked by HTTP. */
  async call(ask: () => Promise<unknown>): Promise<HostAnswer> {
    try {
      return { ok: true, value: await ask() };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { ok: false, error: { code: error.code, retryAfterMs: error.retryAfterMs } };
    }
  }

  async #dispatch(identity: DeviceIdentity, name: RequestName, payload: unknown): Promise<unknown> {
    const { delivery } = this.services;
    switch (name) {
      case "prove":
        return {};
      case "room:create": {
        const room = requestSchemas[name].parse(payload);
        if (room.kind === "open") return { room: await delivery.rooms.create(room.id, room.name) };
        return { room: await delivery.rooms.createPrivate(room.id, identity.deviceId) };
      }
      case "room:enter": {
        const { roomId, ticket } = requestSchemas[name].parse(payload);
        const room = await delivery.roster.enter(roomId, identity, ticket);
        return { room, head: await delivery.head(roomId) };
      }
      case "room:tickets": {
        const { roomId, tickets } = requestSchemas[name].parse(payload);
        await delivery.roster.setTickets(roomId, tickets);
        return {};
      }
      case "room:leave": {
        const { roomId, goodbye, seq } = requestSchemas[name].parse(payload);
        await delivery.roster.leave(roomId, identity.deviceId, goodbye, seq);
        return {};
      }
      case "room:group-info":
        return await delivery.groupInfo(requestSchemas[name].parse(payload));
      case "room:attest":
        return await delivery.attest(identity.accountId, requestSchemas[name].parse(payload));
      case "room:knock":
        return { doors: this.onKnock(identity.deviceId, requestSchemas[name].parse(payload)) };
      case "event:submit": {
        const request = requestSchemas[name].parse(payload);
        const stored = await delivery.submit(request);
        const { roomId, welcome } = request;
        if (welcome !== undefined && (await delivery.rooms.kindOf(roomId)) === "open")
          this.onWelcome(welcome.to, { roomId, seq: stored.seq, welcome: welcome.bytes });
        return stored;
      }
      case "events:fetch":
        return await delivery.fetch(requestSchemas[name].parse(payload));
      case "accounts:certificates": {
        const { accountIds } = requestSchemas[name].parse(payload);
        return { certificates: await this.services.directory.certificates(accountIds) };
      }
      case "archive:state":
        return await this.services.archives.state(identity.accountId);
      case "archive:fetch": {
        const { generation, number } = requestSchemas[name].parse(payload);
        return await this.services.archives.fetch(identity.accountId, generation, number);
      }
      case "archive:put":
        await this.services.archives.put(identity.accountId, requestSchemas[name].parse(payload));
        return {};
      case "archive:clear":
        await this.services.archives.clear(identity.accountId, requestSchemas[name].parse(payload).generation);
        return {};
      case "devices:revocations": {
        const { deviceIds } = requestSchemas[name].parse(payload);
        return { revocations: await this.services.directory.revocations(deviceIds) };
      }
      case "log:head": {
        const { transparencyLog } = this.services;
        return { note: (await transparencyLog.head()).note, verifier: transparencyLog.verifierLine };
      }
      case "log:consistency": {
        const { from, to } = requestSchemas[name].parse(payload);
        return { proof: concatBytes(...(await this.services.transparencyLog.consistency(from, to))) };
      }
      case "log:entries":
        return {
          entries: await this.services.transparencyLog.entries(
            requestSchemas[name].parse(payload).from,
            logPageEntries,
          ),
        };
      case "log:proofs":
        return await this.services.transparencyLog.proofs(requestSchemas[name].parse(payload).digests);
      case "inbox:fetch":
        return await delivery.inbox.page(identity.deviceId, requestSchemas[name].parse(payload));
      case "inbox:take":
        await delivery.inbox.take(identity.deviceId, requestSchemas[name].parse(payload).id);
        return {};
    }
  }

  #databaseFiles(): string[] {
    return readdirSync(this.#dataDir)
      .filter((name) => !name.endsWith(".backup"))
      .map((name) => path.join(this.#dataDir, name));
  }
}
