/**
 * The live connection: Socket.IO over websocket, bound to the device key. Reconnects by itself; after each connect it
 * answers the server's challenge and only then counts as online. SPEC section SOCK.
 */

import { io, type ManagerOptions, type SocketOptions } from "socket.io-client";

import { verifyAccountCertificate } from "../../crypto/account/certificates";
import { signAsDevice } from "../../crypto/account/device-signature";
import { verifyRevocation } from "../../crypto/account/revocation";
import type { DeviceIdentity } from "../../crypto/mls/door";
import { fromHex, utf8 } from "../../protocol/bytes";
import { decodeRevocation } from "../../protocol/revocation";
import {
  accountNoticeSchema,
  answerSchemas,
  challengeSchema,
  knockNoticeSchema,
  liveEventSchema,
  requestSchemas,
  revokedNoticeSchema,
  socketErrorSchema,
  socketPath,
  socketProofLabel,
  welcomeNoticeSchema,
  type Answer,
  type Request,
  type RequestName,
} from "../../protocol/schemas/socket";
import { socketParser } from "../../protocol/socket-parser";
import type {
  ConnectionState,
  Failure,
  FetchedKeyring,
  Outcome,
  Transport,
  TransportListener,
  ClaimedKeyPackages,
  DirectoryAccount,
} from "../engine/ports";
import type { HttpApi } from "./http";

export interface SocketTransportOptions {
  readonly origin: string;
  readonly identity: DeviceIdentity;
  readonly http: HttpApi;
  /** Node has no cookie jar: scenarios bring their headers. */
  readonly extraHeaders?: Record<string, string>;
}

const acknowledgementMs = 20_000;

export class SocketTransport implements Transport {
  readonly #options: SocketTransportOptions;
  readonly #socket;
  readonly #listeners = new Set<TransportListener>();
  #state: ConnectionState = "connecting";
  #isClosed = false;

  constructor(options: SocketTransportOptions) {
    this.#options = options;
    const { username, deviceId } = options.identity;
    const settings: Partial<ManagerOptions & SocketOptions> = {
      path: socketPath,
      transports: ["websocket"],
      parser: socketParser,
      auth: { username, deviceId },
      reconnectionDelay: 500,
      reconnectionDelayMax: 10_000,
      forceNew: true,
    };
    if (options.extraHeaders !== undefined) settings.extraHeaders = options.extraHeaders;
    this.#socket = io(options.origin, settings);
    this.#socket.on("challenge", (challenge: unknown) => void this.#prove(challenge));
    this.#socket.on("event:new", (message: unknown) => {
      const parsed = liveEventSchema.safeParse(message);
      if (!parsed.success) return;
      for (const listener of this.#listeners) listener.event(parsed.data.roomId, parsed.data.event);
    });
    this.#socket.on("room:knock", (message: unknown) => {
      const parsed = knockNoticeSchema.safeParse(message);
      if (parsed.success) for (const listener of this.#listeners) listener.knock(parsed.data);
    });
    this.#socket.on("room:welcome", (message: unknown) => {
      const parsed = welcomeNoticeSchema.safeParse(message);
      if (parsed.success) for (const listener of this.#listeners) listener.welcome(parsed.data);
    });
    this.#socket.on("account", (message: unknown) => {
      const parsed = accountNoticeSchema.safeParse(message);
      if (parsed.success) for (const listener of this.#listeners) listener.account(parsed.data.what);
    });
    this.#socket.on("device:revoked", (message: unknown) => void this.#hearRevocation(message));
    this.#socket.on("disconnect", (reason) => {
      this.#set("offline");
      // The server closed it on purpose (sign-out, revocation, missing proof): ask once more, and be told why.
      if (reason === "io server disconnect") this.#connectAfter(1000);
    });
    this.#socket.on("connect_error", (error: Error) => {
      const state = endings.get(error.message);
      this.#set(state ?? "offline");
      const isActive = this.#socket.active;
      // A refusal on a connection that stands leaves it standing, and connecting again would do nothing.
      if (state !== undefined || !isActive) this.#socket.disconnect();
      if (state === undefined && !isActive) this.#connectAfter(2000);
    });
  }

  listen(listener: TransportListener): () => void {
    this.#listeners.add(listener);
    listener.state(this.#state);
    return () => this.#listeners.delete(listener);
  }

  async request<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> {
    if (this.#state !== "online") return offline;
    return await this.#emit(name, payload);
  }

  async accountCertificates(accountIds: readonly string[]): Promise<Outcome<ReadonlyMap<string, Uint8Array>>> {
    const answer = await this.request("accounts:certificates", { accountIds: [...accountIds] });
    if (!answer.ok) return answer;
    const { certificates } = answer.value;
    return { ok: true, value: new Map(certificates.map(({ accountId, certificate }) => [accountId, certificate])) };
  }

  async revocations(deviceIds: readonly string[]): Promise<Outcome<readonly Uint8Array[]>> {
    const answer = await this.request("devices:revocations", { deviceIds: [...deviceIds] });
    return answer.ok ? { ok: true, value: answer.value.revocations } : answer;
  }

  lookUp(username: string): Promise<Outcome<DirectoryAccount | undefined>> {
    return this.#options.http.lookUp(username);
  }

  claimKeyPackages(username: string): Promise<Outcome<ClaimedKeyPackages>> {
    return this.#options.http.claimKeyPackages(username);
  }

  async keyPackageStock(): Promise<Outcome<number>> {
    const { username, deviceId } = this.#options.identity;
    const stock = await this.#options.http.keyPackageStock(username);
    if (!stock.ok) return stock;
    return { ok: true, value: stock.value.devices.find((device) => device.deviceId === deviceId)?.available ?? 0 };
  }

  async uploadKeyPackages(keyPackages: readonly Uint8Array[], lastResort?: Uint8Array): Promise<Outcome<null>> {
    const { username, deviceId } = this.#options.identity;
    const uploaded = await this.#options.http.uploadKeyPackages(username, deviceId, keyPackages, lastResort);
    return uploaded.ok ? { ok: true, value: null } : uploaded;
  }

  async fetchKeyring(): Promise<Outcome<FetchedKeyring>> {
    const fetched = await this.#options.http.fetchKeyring(this.#options.identity.username);
    if (!fetched.ok) return fetched;
    return { ok: true, value: { version: fetched.value.version, sealed: fetched.value.sealed ?? undefined } };
  }

  async putKeyring(version: number, sealed: Uint8Array): Promise<Outcome<null>> {
    const put = await this.#options.http.putKeyring(this.#options.identity.username, version, sealed);
    return put.ok ? { ok: true, value: null } : put;
  }

  async signOut(): Promise<Outcome<null>> {
    const done = await this.#options.http.logout(this.#options.identity.username);
    if (!done.ok) return done;
    this.#socket.disconnect();
    this.#set("signed-out");
    return { ok: true, value: null };
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#socket.disconnect();
  }

  /** Of another device: whoever acts on it verifies it. Of this one its account's word counts, not the server's (DEV-05). */
  async #hearRevocation(message: unknown): Promise<void> {
    const notice = revokedNoticeSchema.safeParse(message);
    const { identity } = this.#options;
    if (!notice.success) return;
    const { revocation } = notice.data;
    const about = decodeRevocation(revocation);
    if (about?.accountId !== identity.accountId || about.deviceId !== identity.deviceId) {
      for (const listener of this.#listeners) listener.revoked(revocation);
      return;
    }
    const anchor = await verifyAccountCertificate(identity.accountCertificate);
    if (anchor === undefined || (await verifyRevocation(revocation, anchor)) === undefined) return;
    this.#socket.disconnect();
    this.#set("revoked");
  }

  #connectAfter(delayMs: number): void {
    setTimeout(() => {
      if (!this.#isClosed) this.#socket.connect();
    }, delayMs);
  }

  async #prove(message: unknown): Promise<void> {
    const challenge = challengeSchema.safeParse(message);
    const { identity, origin } = this.#options;
    const deviceId = fromHex(identity.deviceId);
    if (!challenge.success || deviceId === undefined) return;
    const parts = [challenge.data.nonce, utf8(origin), utf8(identity.accountId), deviceId];
    const signature = await signAsDevice(identity.secretKey, socketProofLabel, parts);
    const proven = await this.#emit("prove", { signature });
    if (proven.ok) this.#set("online");
    else if (proven.error.code === "DEVICE_REVOKED") this.#set("revoked");
  }

  async #emit<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> {
    const sent: unknown = requestSchemas[name].parse(payload);
    try {
      const answer: unknown = await this.#socket.timeout(acknowledgementMs).emitWithAck(name, sent);
      return readAcknowledgement(name, answer);
    } catch {
      return offline;
    }
  }

  #set(state: ConnectionState): void {
    if (state === this.#state || (isOver(this.#state) && state === "offline")) return;
    this.#state = state;
    for (const listener of this.#listeners) listener.state(state);
  }
}

/** By the server's word: a map, because any text may be asked of it. */
const endings: ReadonlyMap<string, ConnectionState> = new Map([
  ["NOT_SIGNED_IN", "signed-out"],
  ["DEVICE_REVOKED", "revoked"],
]);

/** Ends that being disconnected is a part of. */
function isOver(state: ConnectionState): boolean {
  return state === "signed-out" || state === "revoked";
}

const offline: { readonly ok: false; readonly error: Failure } = { ok: false, error: { code: "OFFLINE" } };

function readAcknowledgement<Name extends RequestName>(name: Name, answer: unknown): Outcome<Answer<Name>> {
  if (typeof answer !== "object" || answer === null || !("ok" in answer)) return unavailable;
  if (answer.ok === true && "answer" in answer) {
    const parsed = answerSchemas[name].safeParse(answer.answer);
    // The map gives each name its own schema; the compiler cannot follow the index.
    return parsed.success ? { ok: true, value: parsed.data as Answer<Name> } : unavailable;
  }
  const error = socketErrorSchema.safeParse("error" in answer ? answer.error : undefined);
  return error.success
    ? { ok: false, error: { code: error.data.code, retryAfterMs: error.data.retryAfterMs } }
    : unavailable;
}

const unavailable: { readonly ok: false; readonly error: Failure } = { ok: false, error: { code: "UNAVAILABLE" } };
