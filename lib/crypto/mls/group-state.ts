/**
 * Groups at rest, in named parts that change at different times: `tree` (ratchet tree, people, anchors) and `head` (key
 * schedule, own path) once per epoch, `ratchets/…` chunk by chunk with the messages. The private signature key is in
 * none. All are read back strictly; who seals them at rest is lib/crypto/at-rest.
 */
import type { ClientState } from "ts-mls/clientState.js";
import { decodeRatchetTree, encodeRatchetTree, type RatchetTree } from "ts-mls/ratchetTree.js";
import type { SecretTree } from "ts-mls/secretTree.js";
import { concatBytes, equalBytes, fromHex, fromUtf8, toHex, utf8 } from "@/lib/protocol/bytes";
import { certificateMaxBytes, groupInfoMaxBytes, retainedEpochs, roomMaxLeaves } from "@/lib/protocol/limits";
import { deviceIdBytes } from "@/lib/protocol/certificates";
import { hashBytes, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { readWhole, tlsOpaque, tlsUint, tlsVector, type TlsReader } from "@/lib/protocol/mls/tls";
import { clientConfig } from "./config";
import type { DeviceIdentity, Group } from "./door";
import { encodeHead, readHead } from "./head-codec";
import { closeGroup, openGroup, type Inside, type PastEpoch } from "./inside";
import { checkedOf, type Roster, type RosterEntry, withLinks } from "./people";
import { chunksOf, encodeChunk, movedChunks, readChunk, treeOf } from "./ratchet-codec";
import { leavesOf } from "./tree";

const version = 2;
const treeName = "tree";
const headName = "head";
const ratchetsName = /^ratchets\/(\d{1,16})\/(\d{1,3})$/;

/** By name; names are ASCII. */
export type GroupParts = ReadonlyMap<string, Uint8Array>;

/** The stored bytes are not a group, or not all parts of one group, or not of this device. */
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

/** The ratchets that a group holds, epoch by epoch. */
type Ratchets = readonly (readonly [bigint, { readonly tree: SecretTree; readonly roster: Roster }])[];

export function encodeGroup(group: Group): GroupParts {
  const parts = new Map<string, Uint8Array>();
  for (const [name, bytes] of changedParts(undefined, group)) if (bytes !== undefined) parts.set(name, bytes);
  return parts;
}

/** What to write so that a store which holds the parts of `before` holds those of `after`; `undefined` deletes. */
export function changedParts(
  before: Group | undefined,
  after: Group | undefined,
): ReadonlyMap<string, Uint8Array | undefined> {
  const changed = new Map<string, Uint8Array | undefined>();
  const old = before && openGroup(before);
  if (old !== undefined) for (const name of namesOf(old)) changed.set(name, undefined);
  if (after === undefined) return changed;
  const inside = openGroup(after);
  for (const name of namesOf(inside)) changed.delete(name);
  if (old?.state.groupContext !== inside.state.groupContext) {
    changed.set(treeName, concatBytes(tlsUint(version, 1), encodeTreePart(inside)));
    changed.set(headName, concatBytes(tlsUint(version, 1), encodeHead(inside)));
  }
  const held = new Map(old && ratchetsOf(old));
  for (const [epoch, { tree, roster }] of ratchetsOf(inside)) {
    const same = held.get(epoch);
    // Another branch of the room may have an epoch of this number: its people are another object.
    const before = same?.roster === roster ? same.tree : [];
    for (const chunk of movedChunks(before, tree, roster.keys())) {
      changed.set(partName(epoch, chunk), encodeChunk(tree, roster.keys(), chunk));
    }
  }
  return changed;
}

/** All parts in one value, for a state that is written once. */
export function packGroup(group: Group): Uint8Array {
  return tlsVector(
    [...encodeGroup(group)].map(([name, bytes]) => concatBytes(tlsOpaque(utf8(name)), tlsOpaque(bytes))),
  );
}

/** Throws `GroupStateCorrupt`. */
export function unpackGroup(packed: Uint8Array, identity: DeviceIdentity): Group {
  const parts = readWhole(packed.slice(), (reader) =>
    reader.vector(roomMaxLeaves * (retainedEpochs + 1), (inner) => {
      const name = fromUtf8(inner.opaque(1, 64));
      inner.require(name !== undefined);
      return [name ?? "", inner.opaque(1, groupInfoMaxBytes)] as const;
    }),
  );
  if (parts === undefined) throw new GroupStateCorrupt("the packed group cannot be read");
  return decodeGroup(new Map(parts), identity);
}

/** Throws `GroupStateCorrupt`. */
export function decodeGroup(parts: GroupParts, identity: DeviceIdentity): Group {
  const part = readPart(parts.get(treeName), readTreePart);
  const head = readPart(parts.get(headName), readHead);
  if (part === undefined || head === undefined) throw new GroupStateCorrupt("a part cannot be read");
  if (head.groupContext.epoch !== part.epoch) throw new GroupStateCorrupt("the parts are of different epochs");
  const own = part.roster.get(head.privatePath.leafIndex)?.member;
  if (own === undefined || !equalBytes(own.signatureKey, identity.publicKey)) {
    throw new GroupStateCorrupt("the own leaf is not of this device");
  }
  const ratchets = readRatchets(parts);
  const past = new Map<bigint, PastEpoch>();
  for (const [epoch, keys] of head.past) {
    const roster = part.pastRosters.get(epoch);
    const secretTree = roster && treeOf(ratchets.get(epoch) ?? [], [...roster.keys()]);
    if (roster === undefined || secretTree === undefined) throw new GroupStateCorrupt("a past epoch is not whole");
    past.set(epoch, { ...keys, secretTree, roster });
  }
  const secretTree = treeOf(ratchets.get(part.epoch) ?? [], [...part.roster.keys()]);
  if (secretTree === undefined || past.size !== part.pastRosters.size || ratchets.size !== past.size + 1) {
    throw new GroupStateCorrupt("the ratchets are not those of the people");
  }
  const state: ClientState = {
    groupContext: head.groupContext,
    keySchedule: head.keySchedule,
    confirmationTag: head.confirmationTag,
    privatePath: head.privatePath,
    secretTree,
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

function ratchetsOf({ state, roster, past }: Inside): Ratchets {
  return [
    [state.groupContext.epoch, { tree: state.secretTree, roster }],
    ...[...past].map(([epoch, old]) => [epoch, { tree: old.secretTree, roster: old.roster }] as const),
  ];
}

function namesOf(inside: Inside): string[] {
  const ratchets = ratchetsOf(inside).flatMap(([epoch, { roster }]) =>
    [...chunksOf(roster.keys())].map((chunk) => partName(epoch, chunk)),
  );
  return [treeName, headName, ...ratchets];
}

function partName(epoch: bigint, chunk: number): string {
  return `ratchets/${String(epoch)}/${String(chunk)}`;
}

function readRatchets(parts: GroupParts): Map<bigint, ReturnType<typeof readChunk>> {
  const byEpoch = new Map<bigint, ReturnType<typeof readChunk>>();
  for (const [name, bytes] of parts) {
    if (name === treeName || name === headName) continue;
    const [, epoch = "", chunk = ""] = ratchetsName.exec(name) ?? [];
    const nodes = epoch === "" ? undefined : readWhole(bytes.slice(), (reader) => readChunk(reader, Number(chunk)));
    if (nodes === undefined) throw new GroupStateCorrupt(`the part ${name} cannot be read`);
    byEpoch.set(BigInt(epoch), [...(byEpoch.get(BigInt(epoch)) ?? []), ...nodes]);
  }
  return byEpoch;
}

function readPart<T>(bytes: Uint8Array | undefined, read: (reader: TlsReader) => T): T | undefined {
  if (bytes === undefined) return undefined;
  return readWhole(bytes.slice(), (reader) => {
    reader.require(reader.uint8() === version);
    return read(reader);
  });
}

function encodeTreePart({ state, roster, anchors, past }: Inside): Uint8Array {
  return concatBytes(
    tlsUint(state.groupContext.epoch, 8),
    tlsOpaque(encodeRatchetTree(state.ratchetTree)),
    encodeRoster(roster),
    tlsVector([...anchors].map(([accountId, der]) => concatBytes(hexBytes(accountId), tlsOpaque(der)))),
    tlsVector([...past].map(([epoch, { roster: people }]) => concatBytes(tlsUint(epoch, 8), encodeRoster(people)))),
  );
}

function readTreePart(reader: TlsReader): TreePart {
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
  return { epoch, tree: tree ?? [], roster: withLinks(tree ?? [], roster), anchors, pastRosters };
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
