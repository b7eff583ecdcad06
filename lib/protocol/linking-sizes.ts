/** Sizes of what travels while a device is linked (linking.ts), apart from it because the HTTP schemas need them too. */
import { deviceIdBytes } from "./certificates";
import { usernameMaxLength } from "./limits";

export const linkNonceBytes = 32;
/** Version, X25519 key, device id, Ed25519 key, commitment. */
export const linkOfferBytes = 1 + 32 + deviceIdBytes + 32 + 32;
/** Version, X25519 key, account id, name behind its length. */
export const linkHelloMaxBytes = 1 + 32 + 32 + 1 + usernameMaxLength;
