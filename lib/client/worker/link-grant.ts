/**
 * The other side of linking, on a device that is there (SPEC section LINK): takes the code, checks that the offer belongs to
 * it, and, once its person has compared the numbers and typed the password, certifies the new device's key.
 */

import { peekDeviceCertificate } from "../../crypto/account/certificates";
import { certifyOffered, makeHello, sealGrant, type SaidHello } from "../../crypto/account/linking";
import { toHex } from "../../protocol/bytes";
import {
  decodeOffer,
  isRevealed,
  linkCode,
  linkIdOf,
  linkNumber,
  linkTranscript,
  readLinkCode,
  type LinkOffer,
} from "../../protocol/linking";
import { knownName, noteOwnDoing } from "../engine/log/own-doings";
import { heldDevice } from "./held-device";
import type { LinkAnswered, LocalErrorCode, Result } from "./api";
import { pause } from "./link-poll";
import type { AccountPorts } from "./register";
import { unlockAccount } from "./unlock";

export class GrantingLink {
  private constructor(
    private readonly ports: AccountPorts,
    private readonly username: string,
    private readonly linkId: string,
    private readonly offer: LinkOffer,
    private readonly said: SaidHello,
    private readonly transcript: Uint8Array,
  ) {}

  /** An offer that does not hash to the code is another one than the new device made (LINK-01). */
  static async answer(ports: AccountPorts, username: string, typed: string): Promise<Result<GrantingLink>> {
    const code = readLinkCode(typed);
    if (code === undefined) return failed("LINK_CODE_BAD");
    const device = await heldDevice(ports.databases, username);
    if (device.state !== "held") return failed("NO_DEVICE");
    const { identity } = device;
    const linkId = linkIdOf(code);
    const found = await ports.http.offeredLink(username, linkId);
    if (!found.ok) return found.error.code === "NOT_FOUND" ? failed("LINK_OVER") : found;
    const offer = decodeOffer(found.value.offer);
    if (offer === undefined || linkCode(found.value.offer) !== code) return failed("LINK_SWAPPED");
    const said = await makeHello({ accountId: identity.accountId, username });
    const told = await ports.http.helloLink(username, linkId, said.hello);
    if (!told.ok) return told;
    const nonce = await revealedNonce(ports, username, linkId);
    if (!nonce.ok) return nonce;
    if (!isRevealed(offer, nonce.value)) return failed("LINK_SWAPPED");
    const transcript = linkTranscript(found.value.offer, said.hello, nonce.value);
    return { ok: true, value: new GrantingLink(ports, username, linkId, offer, said, transcript) };
  }

  get answered(): LinkAnswered {
    return { number: linkNumber(this.transcript), username: this.username };
  }

  /** Only after a person has seen the same number on both screens. */
  async grant(password: string): Promise<Result<null>> {
    const { ports, username, offer } = this;
    const unlocked = await unlockAccount(ports, username, password);
    if (!unlocked.ok) return unlocked;
    const { identity, entry, privateKeyPkcs8, accountSecret, vaultVersion } = unlocked.value;
    const { accountCertificate, serverPublicKey } = identity;
    try {
      const account = { privateKeyPkcs8, certificate: accountCertificate };
      const deviceCertificate = await certifyOffered(account, offer, new Date(ports.now()));
      const grant = { accountCertificate, deviceCertificate, accountSecret, serverPublicKey, vaultVersion };
      const sealed = await sealGrant(this.said, offer.linkKey, this.transcript, grant);
      const device = peekDeviceCertificate(deviceCertificate);
      if (device !== undefined) {
        const store = await ports.databases.open(identity.username, entry);
        await noteOwnDoing(store, knownName(device.deviceId, toHex(device.publicKey)));
      }
      const given = await ports.http.grantLink(username, this.linkId, sealed);
      if (given.ok) return { ok: true, value: null };
      return given.error.code === "NOT_FOUND" ? failed("LINK_OVER") : given;
    } finally {
      privateKeyPkcs8.fill(0);
    }
  }
}

async function revealedNonce({ http }: AccountPorts, username: string, linkId: string): Promise<Result<Uint8Array>> {
  for (;;) {
    const state = await http.offeredLink(username, linkId);
    if (!state.ok) return state.error.code === "NOT_FOUND" ? failed("LINK_OVER") : state;
    if (state.value.nonce !== null) return { ok: true, value: state.value.nonce };
    await pause();
  }
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
