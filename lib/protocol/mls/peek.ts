/**
 * All that the server ever sees of an MLS message: what kind it is, its group and its epoch (SPEC section PEEK).
 * A strict reader of RFC 9420 section 6, without MLS code and without secrets. What is not `ok` no member would take.
 */
import { eventMaxBytes, groupInfoMaxBytes } from "../limits";
import { readKeyPackage } from "./peek-key-package";
import { readLeaf } from "./peek-leaf";
import * as profile from "./profile";
import { readWhole, type TlsReader } from "./tls";
import { wireFormats } from "./wire-format";

export type PeekedMessage =
  | {
      readonly ok: true;
      readonly kind: "application" | "proposal" | "commit" | "external-commit" | "group-info";
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
    }
  | {
      readonly ok: true;
      readonly kind: "welcome" | "key-package";
      readonly groupId?: undefined;
      readonly epoch?: undefined;
    }
  | { readonly ok: false };

const contentTypes = { application: 1, proposal: 2, commit: 3 } as const;
/** Sender of an external commit (RFC 9420 section 6, `new_member_commit`). */
const newMemberCommit = 4;

/** Never throws. Group ids are 16 bytes. */
export function peekMessage(bytes: Uint8Array): PeekedMessage {
  if (bytes.length > groupInfoMaxBytes) return { ok: false };
  return readWhole(bytes, readMessage) ?? { ok: false };
}

function readMessage(reader: TlsReader): PeekedMessage {
  reader.require(reader.uint16() === profile.mlsVersion);
  switch (reader.uint16()) {
    case wireFormats.publicMessage:
      return readExternalCommit(reader);
    case wireFormats.privateMessage:
      return readPrivateMessage(reader);
    case wireFormats.welcome:
      return readWelcome(reader);
    case wireFormats.groupInfo:
      return readGroupInfo(reader);
    case wireFormats.keyPackage:
      readKeyPackage(reader);
      return { ok: true, kind: "key-package" };
    default:
      reader.require(false);
      return { ok: false };
  }
}

function readPrivateMessage(reader: TlsReader): PeekedMessage {
  const groupId = readGroupId(reader);
  const epoch = reader.uint64();
  const contentType = reader.uint8();
  reader.require(contentType >= contentTypes.application && contentType <= contentTypes.commit);
  // Only commits carry data in the clear (MLS-14); anything else would be a channel that the server can read.
  reader.opaque(0, contentType === contentTypes.commit ? eventMaxBytes : 0);
  reader.opaque(profile.encryptedSenderDataBytes, profile.encryptedSenderDataBytes);
  reader.opaque(profile.aeadTagBytes, eventMaxBytes);
  reader.require(reader.offset <= eventMaxBytes);
  return { ok: true, kind: kindOf(contentType), groupId, epoch };
}

function kindOf(contentType: number): "application" | "proposal" | "commit" {
  if (contentType === contentTypes.application) return "application";
  return contentType === contentTypes.commit ? "commit" : "proposal";
}

/** Of all PublicMessages only this one is allowed (PEEK-02): member commits are private, outsiders cannot propose. */
function readExternalCommit(reader: TlsReader): PeekedMessage {
  const groupId = readGroupId(reader);
  const epoch = reader.uint64();
  reader.require(reader.uint8() === newMemberCommit);
  reader.opaque(0, eventMaxBytes);
  reader.require(reader.uint8() === contentTypes.commit);
  reader.opaque(1, eventMaxBytes);
  // The update path is there.
  reader.require(reader.uint8() === 1);
  reader.require(readLeaf(reader).source.kind === "commit");
  reader.opaque(0, eventMaxBytes);
  reader.opaque(profile.signatureBytes, profile.signatureBytes);
  reader.opaque(profile.hashBytes, profile.hashBytes);
  reader.require(reader.offset <= eventMaxBytes);
  return { ok: true, kind: "external-commit", groupId, epoch };
}

function readGroupInfo(reader: TlsReader): PeekedMessage {
  reader.require(reader.uint16() === profile.mlsVersion);
  reader.require(reader.uint16() === profile.cipherSuite);
  const groupId = readGroupId(reader);
  const epoch = reader.uint64();
  reader.opaque(profile.hashBytes, profile.hashBytes);
  // Confirmed transcript hash: empty in epoch 0.
  reader.opaque(0, profile.hashBytes);
  readExtensions(reader);
  readExtensions(reader);
  reader.opaque(profile.hashBytes, profile.hashBytes);
  reader.uint32();
  reader.opaque(profile.signatureBytes, profile.signatureBytes);
  return { ok: true, kind: "group-info", groupId, epoch };
}

function readWelcome(reader: TlsReader): PeekedMessage {
  reader.require(reader.uint16() === profile.cipherSuite);
  reader.opaque(1, groupInfoMaxBytes);
  reader.opaque(profile.aeadTagBytes, groupInfoMaxBytes);
  return { ok: true, kind: "welcome" };
}

function readExtensions(reader: TlsReader): void {
  reader.vector(4, (inner) => {
    inner.uint16();
    inner.opaque(0, groupInfoMaxBytes);
  });
}

function readGroupId(reader: TlsReader): Uint8Array {
  return reader.opaque(profile.groupIdBytes, profile.groupIdBytes);
}
