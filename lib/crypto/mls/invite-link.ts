/**
 * Invite links and room secrets: what follows from 32 random bytes (POL-06). From a link's secret come the key pair that
 * proves it, the key that opens the room's sealed GroupInfo and the ticket for the server. From a room's secret come the
 * same but for the proof: who holds it is a member or was one.
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, toHex, utf8 } from "@/lib/protocol/bytes";
import { latestDateMs, ticketBytes } from "@/lib/protocol/limits";
import { linkProofContent } from "@/lib/protocol/mls/link-proof";
import type { LinkProof } from "@/lib/protocol/mls/commit-data";
import type { RoomPolicy } from "@/lib/protocol/policy";
import { ed25519PublicKey, signEd25519 } from "../account/ed25519";
import { randomBytes } from "../random";

export const inviteSecretBytes = 32;

export interface InviteLink {
  /** Ed25519 public key, hex: names the link in the policy. */
  readonly key: string;
  /** Hex of the key that wraps the sealed GroupInfo's key. */
  readonly wrap: string;
  /** 16 bytes that let the holder be delivered to. */
  readonly ticket: Uint8Array;
  prove(epoch: bigint, signatureKey: Uint8Array): Promise<LinkProof>;
}

export function newInviteSecret(): Uint8Array {
  return randomBytes(inviteSecretBytes);
}

/** `secret`: 32 bytes; for this one group. */
export async function inviteLink(secret: Uint8Array, groupId: Uint8Array): Promise<InviteLink> {
  const seed = derive(secret, groupId, "link/sign", inviteSecretBytes);
  const key = await ed25519PublicKey(seed);
  const wrap = derive(secret, groupId, "link/wrap", inviteSecretBytes);
  return {
    key: toHex(key),
    wrap: toHex(wrap),
    ticket: linkTicket(wrap, groupId),
    async prove(epoch, signatureKey) {
      return { key, signature: await signEd25519(seed, linkProofContent(groupId, epoch, signatureKey)) };
    },
  };
}

/** The key that wraps the sealed GroupInfo's key for those who know the room secret. */
export function roomWrap(secret: Uint8Array, groupId: Uint8Array): Uint8Array {
  return derive(secret, groupId, "room/wrap", inviteSecretBytes);
}

/** For the server, as a link's: a device that has lost all else comes back with it. */
export function roomTicket(secret: Uint8Array, groupId: Uint8Array): Uint8Array {
  return derive(secret, groupId, "room/ticket", ticketBytes);
}

/** From the half of a link that members know: they tell the server which tickets are good. */
function linkTicket(wrap: Uint8Array, groupId: Uint8Array): Uint8Array {
  return derive(wrap, groupId, "link/ticket", ticketBytes);
}

/** SHA-256 of every ticket that a room takes now, for the server, and until when. */
export function ticketsOf(policy: RoomPolicy, groupId: Uint8Array): { hash: Uint8Array; endsAt?: number }[] {
  if (policy.kind === "open") return [];
  const links = policy.kind === "private" ? policy.links : [];
  return [
    { hash: sha256(roomTicket(hexSecret(policy.secret), groupId)) },
    ...links.map(({ wrap, expiresAt }) => ({
      hash: sha256(linkTicket(hexSecret(wrap), groupId)),
      ...(expiresAt === null ? {} : { endsAt: Math.min(expiresAt, latestDateMs) }),
    })),
  ];
}

function hexSecret(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new RangeError("not hex");
  return bytes;
}

/** HKDF-SHA-256 (RFC 5869): the group as salt, the purpose as info. */
function derive(secret: Uint8Array, groupId: Uint8Array, purpose: string, length: number): Uint8Array {
  if (secret.length !== inviteSecretBytes) throw new RangeError("a secret of a room or link has 32 bytes");
  return hkdf(sha256, secret, groupId, utf8(`sealroom/v1/${purpose}`), length);
}
