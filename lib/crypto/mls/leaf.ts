/**
 * The one shape of a leaf (MLS-02) and who it says it is (MLS-01): an x509 credential with exactly the device
 * certificate, whose key is the leaf's signature key.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Capabilities } from "ts-mls/capabilities.js";
import type { Credential } from "ts-mls/credential.js";
import type { LeafNode } from "ts-mls/leafNode.js";
import { equalBytes, toHex } from "@/lib/protocol/bytes";
import {
  extensionTypes,
  hashBytes,
  linkExtensionType,
  publicKeyBytes,
  signatureBytes,
} from "@/lib/protocol/mls/profile";
import { peekDeviceCertificate } from "../account/certificates";
import type { AnchorLookup } from "./anchors";
import type { Member } from "./door";
import { suiteName } from "./provider";
import { verifiedDevice } from "./verified";
import { isSoundX25519Key } from "./x25519";

/** A member without a place in the tree. */
export type LeafIdentity = Omit<Member, "leafIndex" | "link">;

/** Exactly what every leaf advertises; nothing that a later commit could switch on behind our back. */
export const capabilities: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [suiteName],
  extensions: [...extensionTypes],
  proposals: [],
  credentials: ["x509"],
};

export function credentialOf(deviceCertificate: Uint8Array): Credential {
  return { credentialType: "x509", certificates: [deviceCertificate] };
}

/** DER of the device certificate, or `undefined` for any other credential. */
export function leafCertificate(leaf: Pick<LeafNode, "credential">): Uint8Array | undefined {
  const { credential } = leaf;
  if (credential.credentialType !== "x509" || !("certificates" in credential)) return undefined;
  return credential.certificates.length === 1 ? credential.certificates[0] : undefined;
}

/** Names a certificate in sets and maps. */
export function certificateName(certificate: Uint8Array): string {
  return toHex(sha256(certificate));
}

/** Everything about a leaf that needs no signature and no anchor. */
export function hasLeafForm(leaf: LeafNode): boolean {
  return (
    leafCertificate(leaf) !== undefined &&
    isSoundX25519Key(leaf.hpkePublicKey) &&
    leaf.signature.length === signatureBytes &&
    hasLinkForm(leaf) &&
    leaf.leafNodeSource !== "update" &&
    (leaf.leafNodeSource !== "commit" || [0, hashBytes].includes(leaf.parentHash.length)) &&
    sameList(leaf.capabilities.versions, capabilities.versions) &&
    sameList(leaf.capabilities.ciphersuites, capabilities.ciphersuites) &&
    sameList(leaf.capabilities.extensions, capabilities.extensions) &&
    sameList(leaf.capabilities.proposals, capabilities.proposals) &&
    sameList(leaf.capabilities.credentials, capabilities.credentials)
  );
}

/** Nothing, or the mark of one invite link (MLS-21). */
function hasLinkForm({ extensions }: LeafNode): boolean {
  const [mark] = extensions;
  return (
    extensions.length <= 1 &&
    (mark === undefined || (mark.extensionType === linkExtensionType && mark.extensionData.length === publicKeyBytes))
  );
}

/** Key of the invite link by which the leaf came in, hex. */
export function linkOf({ extensions }: Pick<LeafNode, "extensions">): string | undefined {
  const mark = extensions.find(({ extensionType }) => extensionType === linkExtensionType);
  return mark && toHex(mark.extensionData);
}

export function linkMark(key: Uint8Array): LeafNode["extensions"][number] {
  return { extensionType: linkExtensionType, extensionData: key.slice() };
}

/**
 * Checks the certificate against the account's anchor. The name is the one in the device certificate: the anchor lends
 * its key only, since two certificates of one key may differ and members may hold either (MLS-04).
 */
export async function identifyLeaf(leaf: LeafNode, anchorOf: AnchorLookup): Promise<LeafIdentity | undefined> {
  const certificate = leafCertificate(leaf);
  const claimed = certificate && peekDeviceCertificate(certificate);
  if (certificate === undefined || claimed === undefined || !equalBytes(claimed.publicKey, leaf.signaturePublicKey)) {
    return undefined;
  }
  const anchor = await anchorOf(claimed.accountId);
  if (anchor === undefined) return undefined;
  const device = await verifiedDevice(certificate, { ...anchor, username: claimed.username });
  if (device === undefined) return undefined;
  const { username, accountId, deviceId, publicKey } = device;
  return { username, accountId, deviceId, signatureKey: publicKey };
}

export function isSameDevice(a: LeafIdentity, b: LeafIdentity): boolean {
  return a.accountId === b.accountId && a.deviceId === b.deviceId;
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
