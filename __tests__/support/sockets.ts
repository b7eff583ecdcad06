/** Sockets below the level of the client: what any program could say to the delivery service. */

import { io, type Socket } from "socket.io-client";

import { signAsDevice } from "@/lib/crypto/account/device-signature";
import { fromHex, utf8 } from "@/lib/protocol/bytes";
import {
  socketPath,
  socketProofLabel,
  type AccountNotice,
  type Acknowledgement,
  type RequestName,
  type RoomEvent,
  type WelcomeNotice,
} from "@/lib/protocol/schemas/socket";
import { socketParser } from "@/lib/protocol/socket-parser";
import type { DeviceIdentity } from "@/lib/crypto/mls/door";

import type { TestAccount } from "./accounts";

export interface RawOptions {
  readonly auth?: unknown;
  readonly headers?: Record<string, string>;
}

export class RawSocket {
  readonly live: { readonly roomId: string; readonly event: RoomEvent }[] = [];
  readonly letters: WelcomeNotice[] = [];
  readonly accountNotices: AccountNotice[] = [];
  readonly revocations: Uint8Array[] = [];
  readonly socket: Socket;
  readonly #nonce: Promise<Uint8Array>;

  constructor(
    readonly url: string,
    { auth, headers }: RawOptions,
  ) {
    this.socket = io(url, {
      path: socketPath,
      transports: ["websocket"],
      parser: socketParser,
      reconnection: false,
      forceNew: true,
      auth: auth as Record<string, unknown>,
      extraHeaders: headers ?? {},
    });
    this.#nonce = new Promise((resolve) => {
      this.socket.once("challenge", ({ nonce }: { nonce: Uint8Array }) => {
        resolve(nonce);
      });
    });
    this.socket.on("event:new", (message: { roomId: string; event: RoomEvent }) => this.live.push(message));
    this.socket.on("room:welcome", (notice: WelcomeNotice) => this.letters.push(notice));
    this.socket.on("device:revoked", ({ revocation }: { revocation: Uint8Array }) => this.revocations.push(revocation));
    this.socket.on("account", (notice: AccountNotice) => this.accountNotices.push(notice));
  }

  /** "connected", or why not. */
  async opened(): Promise<string> {
    if (this.socket.connected) return "connected";
    return await new Promise((resolve) => {
      this.socket.once("connect", () => {
        resolve("connected");
      });
      this.socket.once("connect_error", (error) => {
        resolve(error.message);
      });
    });
  }

  async closed(): Promise<void> {
    if (!this.socket.connected) return;
    await new Promise((resolve) => this.socket.once("disconnect", resolve));
  }

  nonce(): Promise<Uint8Array> {
    return this.#nonce;
  }

  async signature(identity: DeviceIdentity, origin = this.url): Promise<Uint8Array> {
    const deviceId = fromHex(identity.deviceId) ?? new Uint8Array();
    const parts = [await this.#nonce, utf8(origin), utf8(identity.accountId), deviceId];
    return await signAsDevice(identity.secretKey, socketProofLabel, parts);
  }

  /** Whatever the server acknowledges. */
  async ask(name: string, ...args: unknown[]): Promise<Acknowledgement<RequestName>> {
    return (await this.socket.timeout(10_000).emitWithAck(name, ...args)) as Acknowledgement<RequestName>;
  }

  async code(name: string, ...args: unknown[]): Promise<string> {
    const answer = await this.ask(name, ...args);
    return answer.ok ? "ok" : answer.error.code;
  }

  /** The answer to a request that must succeed. */
  async get<T>(name: RequestName, payload: unknown): Promise<T> {
    const answer = await this.ask(name, payload);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code}`);
    return answer.answer as T;
  }

  close(): void {
    this.socket.disconnect();
  }
}

export function rawSocket(url: string, { identity, cookie }: Pick<TestAccount, "identity" | "cookie">): RawSocket {
  const { username, deviceId } = identity;
  return new RawSocket(url, { auth: { username, deviceId }, headers: { origin: url, cookie } });
}

/** Connected and proven. */
export async function provenSocket(url: string, who: Pick<TestAccount, "identity" | "cookie">): Promise<RawSocket> {
  const raw = rawSocket(url, who);
  const opened = await raw.opened();
  if (opened !== "connected") throw new Error(opened);
  await raw.get("prove", { signature: await raw.signature(who.identity) });
  return raw;
}
