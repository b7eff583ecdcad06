/**
 * The vault: the account's secrets, sealed for the server to keep (SPEC section ACC). A random vault key seals the
 * contents; each way to unlock wraps that key. Layout: vault-layout.ts. Nothing inside can be moved to another account,
 * another purpose or another version: those are authenticated with it (S24).
 */
import { concatBytes, fromHex, utf8 } from "@/lib/protocol/bytes";
import { vaultMaxBytes } from "@/lib/protocol/limits";
import { deriveKey, open, seal } from "../aes-gcm";
import { randomBytes } from "../random";
import {
  decodeVaultContents,
  encodeVaultContents,
  recoveryKeyBytes,
  type DecodedVaultContents,
  type VaultContents,
} from "./vault-contents";
import { decodeVault, encodeHeader, vaultKeyBytes, type WrapKind } from "./vault-layout";

export type VaultUnlock =
  | {
      readonly kind: "password";
      /** OPAQUE's export key, 64 bytes. */
      readonly exportKey: Uint8Array;
    }
  | {
      readonly kind: "recovery";
      /** 128 bits, printed for the owner. */
      readonly recoveryKey: Uint8Array;
    };

export type OpenedVault =
  | {
      readonly ok: true;
      readonly contents: DecodedVaultContents;
      readonly version: number;
      readonly vaultKey: Uint8Array;
    }
  | {
      readonly ok: false;
      /**
       * `wrong-key`: it does not unlock this vault (a damaged wrap looks the same). `tampered`: of another account, or
       * changed after sealing. `rolled-back`: genuine but older than `minVersion`. `malformed`: not a vault of this format.
       */
      readonly reason: "wrong-key" | "tampered" | "rolled-back" | "malformed";
    };

const label = "sealroom/vault/v1";
const exportKeyBytes = 64;

export async function sealVault(input: {
  /** 64 lower-case hex digits. */
  readonly accountId: string;
  readonly version: number;
  readonly contents: VaultContents;
  readonly wraps: readonly VaultUnlock[];
}): Promise<Uint8Array> {
  const { accountId, version } = input;
  const vaultKey = randomBytes(vaultKeyBytes);
  const wraps = new Map<WrapKind, Uint8Array>();
  for (const unlock of input.wraps) {
    if (wraps.has(unlock.kind)) throw new RangeError("one wrap of a kind");
    const purpose = wrapPurpose(unlock.kind);
    const key = await keyFor(unlockBytes(unlock), accountId, purpose);
    wraps.set(unlock.kind, await seal(key, wrapBinding(accountId, purpose), vaultKey));
  }
  const header = encodeHeader({ accountId, version, wraps });
  const contentKey = await keyFor(vaultKey, accountId, "contents");
  const contents = await seal(contentKey, contentBinding(header), encodeVaultContents(input.contents));
  vaultKey.fill(0);
  const sealed = concatBytes(header, contents);
  if (sealed.length > vaultMaxBytes) throw new RangeError("the vault's contents exceed vaultMaxBytes");
  return sealed;
}

/** `minVersion` is the newest version this device knows of: anything older is a rollback. */
export async function openVault(input: {
  readonly accountId: string;
  readonly sealed: Uint8Array;
  readonly unlock: VaultUnlock;
  readonly minVersion?: number;
}): Promise<OpenedVault> {
  const { accountId, unlock } = input;
  const layout = decodeVault(input.sealed);
  if (layout === undefined) return failed("malformed");
  const { header, headerBytes, contents: sealedContents } = layout;
  if (header.accountId !== accountId) return failed("tampered");

  const wrap = header.wraps.get(unlock.kind);
  const purpose = wrapPurpose(unlock.kind);
  const wrapKey = await keyFor(unlockBytes(unlock), accountId, purpose);
  const vaultKey = wrap && (await open(wrapKey, wrapBinding(accountId, purpose), wrap));
  if (vaultKey === undefined) return failed("wrong-key");

  const contentKey = await keyFor(vaultKey, accountId, "contents");
  const plain = await open(contentKey, contentBinding(headerBytes), sealedContents);
  if (plain === undefined) return failed("tampered");
  // Only now is the version known to be genuine.
  if (header.version < (input.minVersion ?? 1)) return failed("rolled-back");
  const contents = decodeVaultContents(plain);
  if (contents === undefined) return failed("malformed");
  return { ok: true, contents, version: header.version, vaultKey };
}

function failed(reason: Extract<OpenedVault, { ok: false }>["reason"]): OpenedVault {
  return { ok: false, reason };
}

function wrapPurpose(kind: WrapKind): string {
  return `wrap/${kind}`;
}

function unlockBytes(unlock: VaultUnlock): Uint8Array {
  const [bytes, length] =
    unlock.kind === "password" ? [unlock.exportKey, exportKeyBytes] : [unlock.recoveryKey, recoveryKeyBytes];
  if (bytes.length !== length) throw new RangeError(`an unlocking key of kind ${unlock.kind} has another length`);
  return bytes;
}

/** The account as salt, the purpose as info, so that no two uses share a key. */
async function keyFor(secret: Uint8Array, accountId: string, purpose: string): Promise<CryptoKey> {
  return await deriveKey(secret, fromHex(accountId) ?? new Uint8Array(), utf8(`${label}/${purpose}`));
}

/** A wrap outlives versions (a save need not know every way to unlock), so it is bound to account and purpose. */
function wrapBinding(accountId: string, purpose: string): Uint8Array {
  return utf8(`${label}/${purpose}/${accountId}`);
}

/** The header holds account id, version and the list of wraps. */
function contentBinding(header: Uint8Array): Uint8Array {
  return concatBytes(utf8(`${label}/contents/`), header);
}
