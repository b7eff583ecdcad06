/**
 * What stands behind `#` in the address of an invite link (SPEC POL-08): it never travels to the server.
 *   version 2 | room id 16 | secret 32 | epoch uint32 | end uint32 | inviter's account id 32, as base64url
 * The epoch keeps a joiner from an older GroupInfo (S20), the inviter's id from a name that is somebody else's now (S4). The end, in
 * seconds since 1970 and 0 for none, is what the policy says of the link: who follows it late is told so without asking anybody.
 */
import { concatBytes, fromBase64Url, fromHex, toBase64Url, toHex } from "./bytes";
import { roomIdSchema, type AccountId, type RoomId } from "./ids";
import { readWhole, tlsUint } from "./mls/tls";

export interface LinkFragment {
  readonly roomId: RoomId;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly epoch: number;
  readonly inviter: AccountId;
  /** ms since 1970, a whole second; null: never. */
  readonly endsAt: number | null;
}

const version = 2;
const roomIdBytes = 16;
const secretBytes = 32;
const accountIdBytes = 32;

export function encodeLinkFragment({ roomId, secret, epoch, inviter, endsAt }: LinkFragment): string {
  const [room, account] = [fromHex(roomId), fromHex(inviter)];
  if (room?.length !== roomIdBytes || account?.length !== accountIdBytes || secret.length !== secretBytes) {
    throw new RangeError("not a room, an account and a secret");
  }
  const end = endsAt === null ? 0 : Math.ceil(endsAt / 1000);
  return toBase64Url(concatBytes(Uint8Array.of(version), room, secret, tlsUint(epoch, 4), tlsUint(end, 4), account));
}

/** `undefined`: not the fragment of a link, or cut. */
export function decodeLinkFragment(text: string): LinkFragment | undefined {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) return undefined;
  return readWhole(bytes, (reader) => {
    reader.require(reader.uint8() === version);
    const roomId = roomIdSchema.parse(toHex(reader.bytes(roomIdBytes)));
    const secret = reader.bytes(secretBytes);
    const epoch = reader.uint32();
    const end = reader.uint32();
    return {
      roomId,
      secret,
      epoch,
      inviter: toHex(reader.bytes(accountIdBytes)),
      endsAt: end === 0 ? null : end * 1000,
    };
  });
}
