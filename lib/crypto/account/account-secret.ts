/**
 * The account secret: what all devices of an account share, the root of what they keep for each other (SPEC section KEY). It is
 * renewed when a device is given up, so that who holds that device opens nothing that is sealed from then on (SPEC section REN).
 */
import { secretWithoutMax } from "@/lib/protocol/limits";
import { randomBytes } from "../random";

export interface AccountSecret {
  /** 32 random bytes. */
  readonly bytes: Uint8Array;
  /** How often it was renewed: 0 for the first. */
  readonly number: number;
  /** Ids of the devices that were given up before it was made, ascending: none of them was told it. */
  readonly without: readonly string[];
}

export const accountSecretBytes = 32;

export function firstAccountSecret(): AccountSecret {
  return { bytes: randomBytes(accountSecretBytes), number: 0, without: [] };
}

/** The one that follows. */
export function nextAccountSecret(previous: AccountSecret | undefined, givenUp: readonly string[]): AccountSecret {
  const without = [...new Set([...givenUp, ...(previous?.without ?? [])])].slice(0, secretWithoutMax).sort();
  return { bytes: randomBytes(accountSecretBytes), number: (previous?.number ?? 0) + 1, without };
}

/** Whether what is offered was renewed less often than what is held: then somebody plays an old one. */
export function isOlderSecret(offered: AccountSecret | undefined, held: AccountSecret | undefined): boolean {
  return (offered?.number ?? 0) < (held?.number ?? 0);
}

/** Whether none of these devices knows it. */
export function isWithout({ without }: AccountSecret, devices: readonly string[]): boolean {
  return devices.every((deviceId) => without.includes(deviceId));
}
