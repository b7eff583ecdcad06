/** Seals the keyring for the server to keep (SPEC KEY-01): it opens as this account's keyring of this version only. */
import { openForAccount, sealForAccount, type SealPlace } from "./account-seal";

export interface KeyringPlace {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** From 1; grows with every save. */
  readonly version: number;
}

export async function sealKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  return await sealForAccount(accountSecret, placeOf(place), plaintext);
}

/** `undefined`: not sealed with this secret for this account and version, or damaged. */
export async function openKeyring(
  accountSecret: Uint8Array,
  place: KeyringPlace,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  return await openForAccount(accountSecret, placeOf(place), sealed);
}

function placeOf({ accountId, version }: KeyringPlace): SealPlace {
  return { purpose: "sealroom/keyring/v1", accountId, at: [version] };
}
