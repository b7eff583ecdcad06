/**
 * The new device's side of linking (SPEC section LINK): offers itself, reveals its nonce once somebody has said hello, and
 * becomes a device of the account when its person has compared the numbers. Neither password nor account key come here.
 */

import { makeOffer, openGrant, type OfferedLink } from "../../crypto/account/linking";
import { decodeHello, linkCode, linkNumber, linkTranscript } from "../../protocol/linking";
import { saveIdentity } from "../engine/identity";
import { firstKeyPackages } from "../engine/key-packages";
import type { LinkAnswered, LocalErrorCode, Result } from "./api";
import { pause } from "./link-poll";
import { databaseFor, makeWay } from "./login";
import type { AccountPorts } from "./register";

export class NewLink {
  private constructor(
    private readonly ports: AccountPorts,
    private readonly link: OfferedLink,
    private readonly linkId: string,
    private readonly token: string,
  ) {}

  #hello: Uint8Array | undefined;

  static async start(ports: AccountPorts): Promise<Result<NewLink>> {
    const link = await makeOffer();
    const opened = await ports.http.openLink(link.offer);
    if (!opened.ok) return opened;
    return { ok: true, value: new NewLink(ports, link, opened.value.linkId, opened.value.token) };
  }

  get code(): string {
    return linkCode(this.link.offer);
  }

  /** Waits for the other side. What comes first counts: a later hello changes nothing (LINK-03). */
  async answered(): Promise<Result<LinkAnswered>> {
    const state = await this.#poll("hello");
    if (!state.ok) return state;
    const said = decodeHello(state.value);
    if (said === undefined) return failed("LINK_SWAPPED");
    this.#hello = state.value;
    const revealed = await this.ports.http.revealLink(this.linkId, this.token, this.link.nonce);
    if (!revealed.ok) return revealed;
    const transcript = linkTranscript(this.link.offer, state.value, this.link.nonce);
    return { ok: true, value: { number: linkNumber(transcript), username: said.username } };
  }

  /** Only after a person has seen the same number on both screens. */
  async finish(deviceName: string): Promise<Result<{ username: string }>> {
    const hello = this.#hello;
    if (hello === undefined) return failed("BAD_INPUT");
    const sealed = await this.#poll("grant");
    if (!sealed.ok) return sealed;
    const transcript = linkTranscript(this.link.offer, hello, this.link.nonce);
    const opened = await openGrant(this.link, hello, transcript, sealed.value);
    if (opened === undefined) return failed("LINK_SWAPPED");
    const { identity, grant } = opened;
    const { username, accountId } = identity;
    const { databases, http, now } = this.ports;
    const { store, generation } = await databaseFor(databases, username, accountId);
    await makeWay(store);
    const packages = await firstKeyPackages(store, identity, new Date(now()));
    const { serverPublicKey, vaultVersion, accountSecret } = grant;
    await saveIdentity(store, { ...identity, serverPublicKey, vaultVersion, accountSecret });
    const device = { name: deviceName, certificate: identity.deviceCertificate, ...packages };
    const joined = await http.joinLink(this.linkId, this.token, device);
    if (!joined.ok) return joined;
    await databases.remember(username, { accountId, generation, serverPublicKey });
    return { ok: true, value: { username } };
  }

  async #poll(part: "hello" | "grant"): Promise<Result<Uint8Array>> {
    for (;;) {
      const state = await this.ports.http.linkState(this.linkId, this.token);
      if (!state.ok) return state.error.code === "NOT_FOUND" ? failed("LINK_OVER") : state;
      const value = state.value[part];
      if (value !== null) return { ok: true, value };
      await pause();
    }
  }
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
