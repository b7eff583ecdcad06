/**
 * Mailboxes in which a new device and one that is there exchange what links them (SPEC section LINK). Each slot is written
 * once and read by the other side only; a mailbox lives ten minutes, in memory. What is in it is public keys, a nonce and
 * ciphertext: the server can refuse to pass it on, and nothing else.
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

import { linkMs, linksMax } from "../../protocol/limits";
import { decodeHello, decodeOffer, isRevealed, linkCode, linkIdOf } from "../../protocol/linking";
import type { Session } from "../accounts/sessions";
import { Refused } from "../refused";
import type { OfferedDevice } from "./check-device";
import type { Devices } from "./devices";

interface Mailbox {
  readonly tokenHash: Buffer;
  readonly offer: Uint8Array;
  readonly endsAt: number;
  hello: Uint8Array | undefined;
  /** Who said hello: only this account may grant. */
  account: Pick<Session, "accountId" | "username"> | undefined;
  nonce: Uint8Array | undefined;
  grant: Uint8Array | undefined;
}

export class Links {
  readonly #mailboxes = new Map<string, Mailbox>();

  constructor(
    private readonly devices: Devices,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** The id follows from the offer, so that nobody takes the place of another's. */
  open(offer: Uint8Array): { linkId: string; token: string } {
    if (decodeOffer(offer) === undefined) throw new Refused("MALFORMED");
    this.#sweep();
    if (this.#mailboxes.size >= linksMax) throw new Refused("UNAVAILABLE");
    const linkId = linkIdOf(linkCode(offer));
    if (this.#mailboxes.has(linkId)) throw new Refused("LINK_USED");
    const token = randomBytes(32).toString("base64url");
    this.#mailboxes.set(linkId, {
      tokenHash: hashOf(token),
      offer,
      endsAt: this.now() + linkMs,
      hello: undefined,
      account: undefined,
      nonce: undefined,
      grant: undefined,
    });
    return { linkId, token };
  }

  state(linkId: string, token: string): { hello: Uint8Array | undefined; grant: Uint8Array | undefined } {
    return this.#own(linkId, token);
  }

  /** Not before the hello: the nonce is what whoever exchanged that must not know (LINK-03). */
  reveal(linkId: string, token: string, nonce: Uint8Array): void {
    const mailbox = this.#own(linkId, token);
    const offer = decodeOffer(mailbox.offer);
    if (mailbox.hello === undefined || offer === undefined || !isRevealed(offer, nonce)) throw new Refused("MALFORMED");
    if (mailbox.nonce !== undefined) throw new Refused("LINK_USED");
    mailbox.nonce = nonce;
  }

  /** The linked device registers, and gets its session. The mailbox is gone afterwards, whatever came of it. */
  async join(
    linkId: string,
    token: string,
    device: OfferedDevice,
  ): Promise<{ username: string; accountId: string; deviceId: string; token: string }> {
    const { account, grant } = this.#own(linkId, token);
    if (account === undefined || grant === undefined) throw new Refused("NOT_FOUND");
    const added = await this.devices.addWithSession(account.accountId, device);
    this.#mailboxes.delete(linkId);
    return { ...account, ...added };
  }

  look(linkId: string): { offer: Uint8Array; nonce: Uint8Array | undefined } {
    return this.#living(linkId);
  }

  hello(linkId: string, { accountId, username }: Session, hello: Uint8Array): void {
    const mailbox = this.#living(linkId);
    const said = decodeHello(hello);
    if (said?.accountId !== accountId || said.username !== username) throw new Refused("MALFORMED");
    if (mailbox.hello !== undefined) throw new Refused("LINK_USED");
    mailbox.hello = hello;
    mailbox.account = { accountId, username };
  }

  grant(linkId: string, { accountId }: Session, grant: Uint8Array): void {
    const mailbox = this.#living(linkId);
    if (mailbox.account?.accountId !== accountId) throw new Refused("NOT_FOUND");
    if (mailbox.nonce === undefined) throw new Refused("MALFORMED");
    if (mailbox.grant !== undefined) throw new Refused("LINK_USED");
    mailbox.grant = grant;
  }

  #living(linkId: string): Mailbox {
    const mailbox = this.#mailboxes.get(linkId);
    if (mailbox === undefined || mailbox.endsAt <= this.now()) throw new Refused("NOT_FOUND");
    return mailbox;
  }

  #own(linkId: string, token: string): Mailbox {
    const mailbox = this.#living(linkId);
    if (!timingSafeEqual(mailbox.tokenHash, hashOf(token))) throw new Refused("NOT_FOUND");
    return mailbox;
  }

  #sweep(): void {
    for (const [linkId, { endsAt }] of this.#mailboxes) if (endsAt <= this.now()) this.#mailboxes.delete(linkId);
  }
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
