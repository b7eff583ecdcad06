/**
 * What the account key says about its own account (SPEC ACC-19): a new vault, with or without a new password, and the
 * end of the account. Unlike all else it signs: a certificate's signed part is DER and begins with 0x30, a statement with
 * the length of its label. The vault's version makes a statement good for one place in the account's history only.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { concatBytes, fromHex, utf8 } from "./bytes";
import { tlsOpaque, tlsUint } from "./mls/tls";

export interface VaultStatement {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  /** The one after the version it replaces. */
  readonly vaultVersion: number;
  readonly vault: Uint8Array;
  /** SHA-256 of what the recovery key proves itself with, 64 lower-case hex digits; `undefined`: no recovery key. */
  readonly recoveryHash: string | undefined;
  /** OPAQUE's record of a new password; `undefined`: the password stays. */
  readonly registrationRecord: string | undefined;
}

export function vaultStatement(statement: VaultStatement): Uint8Array {
  const { accountId, vaultVersion, vault, recoveryHash, registrationRecord } = statement;
  return signedBytes(
    "Sealroom 1.0 Vault",
    hexBytes(accountId),
    tlsUint(vaultVersion, 4),
    sha256(vault),
    tlsOpaque(recoveryHash === undefined ? new Uint8Array() : hexBytes(recoveryHash)),
    tlsOpaque(registrationRecord === undefined ? new Uint8Array() : sha256(utf8(registrationRecord))),
  );
}

/** The account ends, at this version of its vault. */
export function deletionStatement(statement: Pick<VaultStatement, "accountId" | "vaultVersion">): Uint8Array {
  return signedBytes("Sealroom 1.0 Deletion", hexBytes(statement.accountId), tlsUint(statement.vaultVersion, 4));
}

function signedBytes(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  return concatBytes(tlsOpaque(utf8(label)), tlsOpaque(concatBytes(...fields)));
}

function hexBytes(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length !== 32) throw new RangeError("64 lower-case hex digits");
  return bytes;
}
