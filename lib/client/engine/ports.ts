/**
 * The four ports of the engine: everything it knows of the world outside. jest drives many engines over memory
 * stores and a real server; the browser runs one over IndexedDB, fetch and Socket.IO. SPEC section ENG.
 */

import type { ErrorCode } from "../../protocol/errors";
import type {
  AccountNotice,
  Answer,
  KnockNotice,
  Request,
  RequestName,
  RoomEvent,
  WelcomeNotice,
} from "../../protocol/schemas/socket";

export type Write = { readonly key: string; readonly value: Uint8Array | undefined };

export interface ListOptions {
  /** Exclusive lower bound, a whole key. */
  readonly after?: string;
  /** Exclusive upper bound, a whole key. */
  readonly before?: string;
  readonly limit?: number;
  /** Newest first. */
  readonly reverse?: boolean;
}

/** Ordered key-value store. Keys are ASCII; `write` is one atomic, durable transaction (ENG-01). */
export interface Store {
  get(key: string): Promise<Uint8Array | undefined>;
  list(prefix: string, options?: ListOptions): Promise<readonly { key: string; value: Uint8Array }[]>;
  /** Keys alone, for records whose values may be damaged. */
  keys(prefix: string, options?: ListOptions): Promise<readonly string[]>;
  /** Rejects with an error named QuotaExceededError when there is no room; then nothing was written. */
  write(batch: readonly Write[]): Promise<void>;
}

export function isStoreFull(error: unknown): boolean {
  return typeof error === "object" && error !== null && "name" in error && error.name === "QuotaExceededError";
}

export type FailureCode = ErrorCode | "OFFLINE";
export interface Failure {
  readonly code: FailureCode;
  readonly retryAfterMs?: number | undefined;
}
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

export type ConnectionState = "connecting" | "online" | "offline" | "signed-out" | "revoked";

export interface TransportListener {
  event(roomId: string, event: RoomEvent): void;
  /** Somebody asks to be let in. */
  knock(notice: KnockNotice): void;
  /** The answer to our own asking, or an invitation into a private room. */
  welcome(notice: WelcomeNotice): void;
  /** A device of a room is said to be revoked; the bytes are not verified. */
  revoked(revocation: Uint8Array): void;
  /** Another device of the account changed what its devices share. */
  account(what: AccountNotice["what"]): void;
  state(state: ConnectionState): void;
}

export interface DirectoryAccount {
  readonly accountId: string;
  /** DER; whoever relies on it checks that it hashes to the id. */
  readonly certificate: Uint8Array;
}

export interface ClaimedKeyPackages {
  readonly accountId: string;
  readonly keyPackages: readonly { readonly deviceId: string; readonly keyPackage: Uint8Array }[];
}

export interface FetchedKeyring {
  /** 0 while there is none. */
  readonly version: number;
  readonly sealed: Uint8Array | undefined;
}

export interface Transport {
  request<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>>;
  listen(listener: TransportListener): () => void;
  /** DER of the account certificates the directory holds, by account id, for at most `certificatesMax` ids; who has no account is left out. */
  accountCertificates(accountIds: readonly string[]): Promise<Outcome<ReadonlyMap<string, Uint8Array>>>;
  /**
   * Signed revocations of those of the devices that are revoked, as the directory has them, for at most `revocationsMax`
   * ids; whoever acts on one verifies it.
   */
  revocations(deviceIds: readonly string[]): Promise<Outcome<readonly Uint8Array[]>>;
  /** The account that has this name now. `undefined`: none. */
  lookUp(username: string): Promise<Outcome<DirectoryAccount | undefined>>;
  /** One KeyPackage of each of the account's devices, for an invitation. */
  claimKeyPackages(username: string): Promise<Outcome<ClaimedKeyPackages>>;
  /** One-time KeyPackages the directory still holds for this device. */
  keyPackageStock(): Promise<Outcome<number>>;
  uploadKeyPackages(keyPackages: readonly Uint8Array[], lastResort?: Uint8Array): Promise<Outcome<null>>;
  /** What the account's devices keep for each other; VERSION_CONFLICT when another device was faster. */
  fetchKeyring(): Promise<Outcome<FetchedKeyring>>;
  putKeyring(version: number, sealed: Uint8Array): Promise<Outcome<null>>;
  signOut(): Promise<Outcome<null>>;
  close(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once after `delayMs`; the answer cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
}

export interface Random {
  bytes(length: number): Uint8Array;
}
