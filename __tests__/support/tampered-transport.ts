/** Stands between an engine and the honest server: a hostile operator in a dozen lines per attack. */

import type {
  ClaimedKeyPackages,
  DirectoryAccount,
  FetchedKeyring,
  Outcome,
  Transport,
  TransportListener,
} from "@/lib/client/engine/ports";
import type {
  Answer,
  KnockNotice,
  Request,
  RequestName,
  RoomEvent,
  WelcomeNotice,
} from "@/lib/protocol/schemas/socket";

export interface Tampering {
  /** Answers in the server's place; `undefined` passes the request on. */
  answer?(name: RequestName, payload: unknown): unknown;
  /** Holds a request back before the server sees it. */
  hold?(name: RequestName): Promise<void>;
  /** Changes an honest answer. */
  change?(name: RequestName, answer: unknown, payload: unknown): unknown;
  /** The server acts, but its answer never comes. */
  lose?(name: RequestName): boolean;
  /** What arrives instead of a live event. */
  deliver?(roomId: string, event: RoomEvent): readonly (readonly [string, RoomEvent])[];
  /** What members hear instead of a knock, and a joiner instead of a Welcome. */
  knock?(notice: KnockNotice): readonly KnockNotice[];
  welcome?(notice: WelcomeNotice): readonly WelcomeNotice[];
  /** What is said of revoked devices, asked for and live. */
  revocations?(honest: readonly Uint8Array[]): readonly Uint8Array[];
  /** Account certificates by account id. */
  certificates?(honest: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array>;
  /** The account's keyring as it is handed out. */
  keyring?(honest: FetchedKeyring): FetchedKeyring;
  /** The account that a name is said to mean. */
  lookUp?(honest: DirectoryAccount | undefined, username: string): DirectoryAccount | undefined;
  /** KeyPackages handed out for an invitation. */
  claim?(honest: ClaimedKeyPackages): ClaimedKeyPackages;
}

/** For a connection of which only one thing matters. */
export const deaf: TransportListener = {
  event: () => undefined,
  knock: () => undefined,
  welcome: () => undefined,
  revoked: () => undefined,
  account: () => undefined,
  state: () => undefined,
};

export function tampered(tampering: Tampering): (inner: Transport) => Transport {
  return (inner) => ({
    async request<Name extends RequestName>(name: Name, payload: Request<Name>): Promise<Outcome<Answer<Name>>> {
      const forged = tampering.answer?.(name, payload);
      if (forged !== undefined) return forged as Outcome<Answer<Name>>;
      await tampering.hold?.(name);
      const honest = await inner.request(name, payload);
      if (tampering.lose?.(name) === true) return { ok: false, error: { code: "UNAVAILABLE" } };
      if (!honest.ok || tampering.change === undefined) return honest;
      return { ok: true, value: tampering.change(name, honest.value, payload) as Answer<Name> };
    },
    listen: (listener) =>
      inner.listen({
        ...listener,
        knock: (notice) => {
          for (const one of tampering.knock?.(notice) ?? [notice]) listener.knock(one);
        },
        welcome: (notice) => {
          for (const one of tampering.welcome?.(notice) ?? [notice]) listener.welcome(one);
        },
        revoked: (revocation) => {
          for (const one of tampering.revocations?.([revocation]) ?? [revocation]) listener.revoked(one);
        },
        event: (roomId, event) => {
          const delivered = tampering.deliver?.(roomId, event) ?? [[roomId, event] as const];
          for (const [toRoom, one] of delivered) listener.event(toRoom, one);
        },
      }),
    async revocations(deviceIds) {
      const honest = await inner.revocations(deviceIds);
      return honest.ok ? { ok: true, value: tampering.revocations?.(honest.value) ?? honest.value } : honest;
    },
    async lookUp(username) {
      const honest = await inner.lookUp(username);
      if (!honest.ok || tampering.lookUp === undefined) return honest;
      return { ok: true, value: tampering.lookUp(honest.value, username) };
    },
    async claimKeyPackages(username) {
      const honest = await inner.claimKeyPackages(username);
      return honest.ok ? { ok: true, value: tampering.claim?.(honest.value) ?? honest.value } : honest;
    },
    async accountCertificates(accountIds) {
      const honest = await inner.accountCertificates(accountIds);
      return honest.ok ? { ok: true, value: tampering.certificates?.(honest.value) ?? honest.value } : honest;
    },
    keyPackageStock: () => inner.keyPackageStock(),
    uploadKeyPackages: (keyPackages, lastResort) => inner.uploadKeyPackages(keyPackages, lastResort),
    async fetchKeyring() {
      const honest = await inner.fetchKeyring();
      return honest.ok ? { ok: true, value: tampering.keyring?.(honest.value) ?? honest.value } : honest;
    },
    putKeyring: (version, sealed) => inner.putKeyring(version, sealed),
    signOut: () => inner.signOut(),
    close: () => {
      inner.close();
    },
  });
}
