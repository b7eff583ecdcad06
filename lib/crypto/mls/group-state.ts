/**
 * Groups at rest, in two parts: `tree` changes once per epoch (ratchet tree, people, anchors), `hot` with every message
 * (key schedule, ratchets). The private signature key is in neither. Both parts are read back strictly; who seals
 * them at rest is lib/crypto/at-rest.
 */
import type { ClientState } from "ts-mls/clientState.js";
import { decodeRatchetTree, encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import { concatBytes, equalBytes, fromHex, fromUtf8, toHex, utf8 } from "@/lib/protocol/bytes";
import { certificateMaxBytes, groupInfoMaxBytes, retainedEpochs, roomMaxLeaves } from "@/lib/protocol/limits";
import { deviceIdBytes } from "@/lib/protocol/certificates";
import { hashBytes, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { readWhole, tlsOpaque, tlsUint, tlsVector, type TlsReader } from "@/lib/protocol/mls/tls";
import { clientConfig } from "./config";
import type { DeviceIdentity, Group } from "./door";
import { closeGroup, openGroup, type Inside, type PastEpoch } from "./inside";
import { decodeHot, encodeHot } from "./hot-codec";
import { checkedOf, type Roster, type RosterEntry } from "./people";
import { leavesOf } from "./tree";

const version = 1;

export interface EncodedGroup {
  readonly tree: Uint8Array;
  readonly hot: Uint8Array;
}

/** The stored bytes are not a group, or not two parts of one group, or not of this device. */
export class GroupStateCorrupt extends Error {
  override readonly name = "GroupStateCorrupt";
}

interface TreePart {
  readonly epoch: bigint;
  readonly tree: RatchetTree;
  readonly roster: Roster;
  readonly anchors: ReadonlyMap<string, Uint8Array>;
  readonly pastRosters: ReadonlyMap<bigint, Roster>;
}

export function encodeGroup(group: Group): EncodedGroup {
  const inside = openGroup(group);
  const { state, roster, anchors, past } = inside;
  const tree = concatBytes(
    tlsUint(version, 1),
    tlsUint(state.groupContext.epoch, 8),
    tlsOpaque(encodeRatchetTree(state.ratchetTree)),
    encodeRoster(roster),
    tlsVector([...anchors].map(([accountId, der]) => concatBytes(hexBytes(accountId), tlsOpaque(der)))),
    tlsVector([...past].map(([epoch, { roster: people }]) => concatBytes(tlsUint(epoch, 8), encodeRoster(people)))),
  );
  return { tree, hot: concatBytes(tlsUint(version, 1), encodeHot(inside)) };
}

/** Throws `GroupStateCorrupt`. */
export function decodeGroup(encoded: EncodedGroup, identity: DeviceIdentity): Group {
  const part = readWhole(encoded.tree.slice(), readTreePart);
  const hot =
    part &&
    readWhole(encoded.hot.slice(), (reader) => {
      reader.require(reader.uint8() === version);
      return decodeHot(reader, part.tree.length);
    });
  if (part === undefined || hot === undefined) throw new GroupStateCorrupt("a part cannot be read");
  if (hot.groupContext.epoch !== part.epoch) throw new GroupStateCorrupt("the parts are of different epochs");
  const own = part.roster.get(hot.privatePath.leafIndex)?.member;
  if (own === undefined || !equalBytes(own.signatureKey, identity.publicKey)) {
    throw new GroupStateCorrupt("the own leaf is not of this device");
  }
  const past = new Map<bigint, PastEpoch>();
  for (const [epoch, keys] of hot.past) {
    const roster = part.pastRosters.get(epoch);
    if (roster === undefined) throw new GroupStateCorrupt("a past epoch lacks its people");
    past.set(epoch, { ...keys, roster });
  }
  if (past.size !== part.pastRosters.size) throw new GroupStateCorrupt("a past epoch lacks its keys");
  const state: ClientState = {
    groupContext: hot.groupContext,
    keySchedule: hot.keySchedule,
    confirmationTag: hot.confirmationTag,
    privatePath: hot.privatePath,
    secretTree: hot.secretTree,
    ratchetTree: part.tree,
    signaturePrivateKey: identity.secretKey,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig: clientConfig(checkedOf(part.roster)),
  };
  const inside: Inside = { state, roster: part.roster, anchors: part.anchors, past };
  return closeGroup(inside);
}

function readTreePart(reader: TlsReader): TreePart {
  reader.require(reader.uint8() === version);
  const epoch = reader.uint64();
  const treeBytes = reader.opaque(1, groupInfoMaxBytes);
  const roster = readRoster(reader);
  const anchors = new Map(
    reader.vector(
      roomMaxLeaves,
      (inner) => [toHex(inner.bytes(hashBytes)), inner.opaque(1, certificateMaxBytes)] as const,
    ),
  );
  const pastRosters = new Map(reader.vector(retainedEpochs, (inner) => [inner.uint64(), readRoster(inner)] as const));
  const tree = readRatchetTree(treeBytes);
  reader.require(tree !== undefined && fits(tree, roster));
  return { epoch, tree: tree ?? [], roster, anchors, pastRosters };
}

function readRatchetTree(bytes: Uint8Array): RatchetTree | undefined {
  try {
    const decoded = decodeRatchetTree(bytes, 0);
    return decoded?.[1] === bytes.length ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}

/** One person per leaf, with its key. */
function fits(tree: RatchetTree, roster: Roster): boolean {
  const leaves = leavesOf(tree);
  return (
    leaves.length === roster.size &&
    leaves.every(({ leafIndex, leaf }) => {
      const member = roster.get(leafIndex)?.member;
      return member !== undefined && equalBytes(member.signatureKey, leaf.signaturePublicKey);
    })
  );
}

function encodeRoster(roster: Roster): Uint8Array {
  const entries = [...roster.values()].map(({ member, certificate }) =>
    concatBytes(
      tlsUint(member.leafIndex, 4),
      tlsOpaque(utf8(member.username)),
      hexBytes(member.accountId),
      hexBytes(member.deviceId),
      member.signatureKey,
      hexBytes(certificate),
    ),
  );
  return tlsVector(entries);
}

function readRoster(reader: TlsReader): Roster {
  const entries = reader.vector(roomMaxLeaves, (inner): readonly [number, RosterEntry] => {
    const leafIndex = inner.uint32();
    const username = fromUtf8(inner.opaque(1, certificateMaxBytes));
    inner.require(username !== undefined);
    const accountId = toHex(inner.bytes(hashBytes));
    const deviceId = toHex(inner.bytes(deviceIdBytes));
    const signatureKey = inner.bytes(publicKeyBytes);
    const certificate = toHex(inner.bytes(hashBytes));
    return [
      leafIndex,
      { certificate, member: { leafIndex, username: username ?? "", accountId, deviceId, signatureKey } },
    ];
  });
  return new Map(entries);
}

function hexBytes(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error("not an id");
  return bytes;
}
