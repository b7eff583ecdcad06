/**
 * A private room's GroupInfo, sealed for the server to keep (SPEC SEAL). A random key seals it; that key is wrapped for
 * the room secret and for each invite link, so that a link outlives a new secret and dies when the policy drops it.
 *   header (sealed-group-info.ts) | wraps (1, then each: label 32 | sealed key 60) | sealed (aes-gcm.ts)
 * All before the last part is authenticated with it: no wrap and no epoch can be exchanged.
 */
import { concatBytes, equalBytes, fromHex } from "@/lib/protocol/bytes";
import { policyLinksMax } from "@/lib/protocol/limits";
import {
  encodeSealedHead,
  peekSealedGroupInfo,
  sealedGroupInfoHeadBytes,
  type PeekedSealedGroupInfo,
} from "@/lib/protocol/mls/sealed-group-info";
import type { PrivatePolicy, RoomPolicy } from "@/lib/protocol/policy";
import { importKey, nonceBytes, open, seal, tagBytes } from "../aes-gcm";
import { randomBytes } from "../random";
import { inviteSecretBytes, roomWrap, type InviteLink } from "./invite-link";

/** What opens a sealed GroupInfo: the room secret (32 bytes), or an invite link. */
export type GroupInfoKey =
  { readonly kind: "secret"; readonly secret: Uint8Array } | { readonly kind: "link"; readonly link: InviteLink };

const labelBytes = 32;
const keyBytes = 32;
const wrapBytes = labelBytes + nonceBytes + keyBytes + tagBytes;
/** Names the wrap under the room secret; a link's wrap is named by its key, which is not of small order. */
const roomLabel = new Uint8Array(labelBytes);

/** As it is for an open room. */
export async function sealGroupInfo(
  policy: RoomPolicy,
  header: PeekedSealedGroupInfo,
  groupInfo: Uint8Array,
): Promise<Uint8Array> {
  if (policy.kind === "open") return groupInfo;
  const key = randomBytes(keyBytes);
  const head = encodeSealedHead(header);
  const links = policy.kind === "private" ? policy.links : [];
  const wrapKeys = [
    { label: roomLabel, wrapKey: roomWrap(hexBytes(policy.secret), header.groupId) },
    ...links.map(({ key: label, wrap }: PrivatePolicy["links"][number]) => ({
      label: hexBytes(label),
      wrapKey: hexBytes(wrap),
    })),
  ];
  const wraps = await Promise.all(
    wrapKeys.map(async ({ label, wrapKey }) =>
      concatBytes(label, await encrypt(wrapKey, concatBytes(head, label), key)),
    ),
  );
  const outside = concatBytes(head, Uint8Array.of(wraps.length), ...wraps);
  return concatBytes(outside, await encrypt(key, outside, groupInfo));
}

/** `undefined`: not sealed for this key and group, or changed since. */
export async function openGroupInfo(
  sealed: Uint8Array,
  groupId: Uint8Array,
  unlock: GroupInfoKey,
): Promise<Uint8Array | undefined> {
  const header = peekSealedGroupInfo(sealed);
  if (header === undefined || !equalBytes(header.groupId, groupId)) return undefined;
  const count = sealed[sealedGroupInfoHeadBytes] ?? 0;
  const outsideBytes = sealedGroupInfoHeadBytes + 1 + count * wrapBytes;
  if (count > policyLinksMax + 1 || sealed.length < outsideBytes + nonceBytes) return undefined;
  const head = sealed.slice(0, sealedGroupInfoHeadBytes);
  const label = unlock.kind === "secret" ? roomLabel : hexBytes(unlock.link.key);
  const wrapKey = unlock.kind === "secret" ? roomWrap(unlock.secret, groupId) : hexBytes(unlock.link.wrap);
  for (let index = 0; index < count; index++) {
    const start = sealedGroupInfoHeadBytes + 1 + index * wrapBytes;
    const wrap = sealed.slice(start, start + wrapBytes);
    if (!equalBytes(wrap.subarray(0, labelBytes), label)) continue;
    const key = await decrypt(wrapKey, concatBytes(head, label), wrap.subarray(labelBytes));
    if (key === undefined) return undefined;
    return await decrypt(key, sealed.slice(0, outsideBytes), sealed.subarray(outsideBytes));
  }
  return undefined;
}

async function encrypt(key: Uint8Array, binding: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  return await seal(await importKey(key), binding, plain);
}

async function decrypt(key: Uint8Array, binding: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined> {
  return await open(await importKey(key), binding, sealed);
}

function hexBytes(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== inviteSecretBytes) throw new RangeError("a key of the policy has 32 bytes");
  return bytes;
}
