/** The secrets of a group that change once per epoch (see group-state.ts): key schedule, own path, past epochs. */
import { decodeGroupContext, encodeGroupContext, type GroupContext } from "ts-mls/groupContext.js";
import { decodeKeySchedule, encodeKeySchedule, type KeySchedule } from "ts-mls/keySchedule.js";
import type { PrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { concatBytes } from "@/lib/protocol/bytes";
import { retainedEpochs } from "@/lib/protocol/limits";
import { hashBytes, policyMaxBytes, publicKeyBytes } from "@/lib/protocol/mls/profile";
import { tlsOpaque, tlsUint, tlsVector, type TlsReader } from "@/lib/protocol/mls/tls";
import type { Inside, PastEpoch } from "./inside";

export interface Head {
  readonly groupContext: GroupContext;
  readonly keySchedule: KeySchedule;
  readonly confirmationTag: Uint8Array;
  readonly privatePath: PrivateKeyPath;
  readonly past: ReadonlyMap<bigint, Pick<PastEpoch, "groupContext" | "senderDataSecret">>;
}

/** Group context with its policy; key schedule of eight secrets. */
const contextMaxBytes = policyMaxBytes + 1024;
/** Nodes from a leaf of a room of `roomMaxLeaves` to its root. */
const pathMaxKeys = 12;

export function encodeHead({ state, past }: Inside): Uint8Array {
  const { leafIndex, privateKeys } = state.privatePath;
  const keys = Object.entries(privateKeys).map(([node, key]) => concatBytes(tlsUint(Number(node), 4), tlsOpaque(key)));
  const epochs = [...past].map(([epoch, { groupContext, senderDataSecret }]) =>
    concatBytes(tlsUint(epoch, 8), tlsOpaque(encodeGroupContext(groupContext)), tlsOpaque(senderDataSecret)),
  );
  return concatBytes(
    tlsOpaque(encodeGroupContext(state.groupContext)),
    // Resumption secrets are for PSKs, which we refuse (MLS-06): not worth stealing when they are not there.
    tlsOpaque(encodeKeySchedule({ ...state.keySchedule, resumptionPsk: new Uint8Array() })),
    tlsOpaque(state.confirmationTag),
    tlsUint(leafIndex, 4),
    tlsVector(keys),
    tlsVector(epochs),
  );
}

export function readHead(reader: TlsReader): Head {
  const groupContext = readWith(reader, decodeGroupContext);
  const keySchedule = readWith(reader, decodeKeySchedule);
  const confirmationTag = reader.opaque(hashBytes, hashBytes);
  const leafIndex = reader.uint32();
  const keys = reader.vector(
    pathMaxKeys,
    (inner) => [inner.uint32(), inner.opaque(publicKeyBytes, publicKeyBytes)] as const,
  );
  const epochs = reader.vector(retainedEpochs, (inner) => {
    const epoch = inner.uint64();
    const context = readWith(inner, decodeGroupContext);
    return [epoch, { groupContext: context, senderDataSecret: inner.opaque(hashBytes, hashBytes) }] as const;
  });
  const privatePath = { leafIndex, privateKeys: Object.fromEntries(keys) };
  return { groupContext, keySchedule, confirmationTag, privatePath, past: new Map(epochs) };
}

/** A value of ts-mls inside a vector, which it must fill. */
function readWith<T>(reader: TlsReader, decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined): T {
  const bytes = reader.opaque(1, contextMaxBytes);
  const decoded = tryDecode(decode, bytes);
  if (decoded === undefined) {
    reader.require(false);
    throw new Error("unreachable: require has thrown");
  }
  return decoded;
}

function tryDecode<T>(
  decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
  bytes: Uint8Array,
): T | undefined {
  try {
    const decoded = decode(bytes, 0);
    return decoded?.[1] === bytes.length ? decoded[0] : undefined;
  } catch {
    return undefined;
  }
}
