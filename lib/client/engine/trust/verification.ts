/**
 * The Verify page's part of the engine (SPEC section VER): whom a name means, the number and the code of the pair, and what a person
 * decides. A decision is a signed mark in the keyring, and a word to the other person in the direct room, when there is one.
 */

import { verifyAccountCertificate, type AccountCertificate } from "../../../crypto/account/certificates";
import { safetyNumber } from "../../../crypto/account/safety-number";
import { signMark } from "../../../crypto/account/verification-mark";
import { toBase64 } from "../../../protocol/bytes";
import { foldUsername } from "../../../protocol/names";
import { decodeVerificationCode, encodeVerificationCode } from "../../../protocol/verification-code";
import type { Verdict } from "../../../protocol/verification-mark";
import { AnchorsUnavailable } from "../anchors";
import { directWith } from "../direct-rooms";
import { lookUpAccount } from "../found";
import type { GovernHost } from "../govern-host";
import { KeyringFull } from "../keyring";
import { enqueue } from "../outbox";
import { bad, ok, type EngineResult } from "../results";
import type { Room } from "../room";
import type { AccountRef, Trust, VerificationView } from "../views";
import { compareCode } from "./compare-code";

export class Verification {
  /** By account id: hashing thousands of times for each look would be felt. */
  readonly #numbers = new Map<string, string>();

  constructor(private readonly host: GovernHost) {}

  /** Without `accountId`: whom the directory means by the name now, or offline whom it meant when it was met. */
  async view(username: string, accountId?: string): Promise<EngineResult<VerificationView>> {
    const found = await this.#find(username, accountId);
    if (!found.ok) return found;
    const number = await this.#numberWith(found.value);
    return number === undefined ? bad("NO_SUCH_ACCOUNT") : ok(this.#viewOf(found.value, number));
  }

  /** How it stands with each, in order: also with people whom only another's word names. */
  trusts(people: readonly AccountRef[]): Trust[] {
    return people.map((person) => this.host.trust.of(person));
  }

  /** A code that matches is as good as a person's word: nobody else can make it. One that does not is for the person to judge. */
  async scan(username: string, accountId: string, text: string): Promise<EngineResult<"match" | "mismatch">> {
    const read = decodeVerificationCode(text);
    if (!read.ok) return bad(read.error);
    const pair = { self: this.host.identity.accountId, other: accountId };
    const compared = compareCode(read.code, pair, (id) => this.#isMetAs(id, username));
    if (compared === "own") return bad("SAFETY_CODE_OWN");
    if (compared === "other") return bad("SAFETY_CODE_OF_ANOTHER");
    if (compared === "mismatch") return ok("mismatch");
    const decided = await this.decide(username, accountId, "verified");
    return decided.ok ? ok("match") : decided;
  }

  async decide(username: string, accountId: string, verdict: Verdict): Promise<EngineResult<null>> {
    const { identity, keyring } = this.host;
    const found = await this.#find(username, accountId);
    if (!found.ok) return found;
    const verified = found.value.accountId;
    try {
      await keyring.update(`signer/${identity.deviceId}`, (held) => held ?? toBase64(identity.deviceCertificate));
      await keyring.update(`verified/${verified}`, (_held, at) =>
        signMark(identity, { verified, username: found.value.username, verdict, at }),
      );
    } catch (error) {
      if (error instanceof KeyringFull) return bad("KEYRING_FULL");
      throw error;
    }
    if (verdict !== "accepted") await this.#tell(verified, verdict === "verified" ? "match" : "mismatch");
    return ok(null);
  }

  /** Told only to the very account that was compared, and only where nobody else listens. */
  async #tell(accountId: string, found: "match" | "mismatch"): Promise<void> {
    const room = this.#directRoom(accountId);
    if (room === undefined) return;
    await room.turn((draft) => {
      if (draft.meta.membership === "joined") enqueue(draft, { kind: "compared", with: accountId, found });
    });
    room.kick();
  }

  #viewOf({ username, accountId }: AccountCertificate, number: string): VerificationView {
    const { trust, identity } = this.host;
    const room = this.#directRoom(accountId);
    return {
      username,
      accountId,
      number,
      code: encodeVerificationCode({ shownBy: identity.accountId, shownFor: accountId }),
      trust: trust.of({ username, accountId }),
      markedAt: trust.markOf(accountId)?.at,
      lapsed: trust.hasLapsed(accountId),
      roomId: room?.roomId,
      peer: room === undefined ? "no-room" : (room.data.meta.peerFound ?? "silent"),
    };
  }

  #directRoom(accountId: string): Room | undefined {
    const room = directWith(this.host, accountId);
    const isThere = room?.data.meta.membership === "joined" && room.data.meta.accepted;
    return isThere ? room : undefined;
  }

  async #numberWith(other: AccountCertificate): Promise<string | undefined> {
    const known = this.#numbers.get(other.accountId);
    if (known !== undefined) return known;
    const own = await verifyAccountCertificate(this.host.identity.accountCertificate);
    if (own === undefined) return undefined;
    const number = safetyNumber(own, other);
    this.#numbers.set(other.accountId, number);
    return number;
  }

  async #find(name: string, accountId: string | undefined): Promise<EngineResult<AccountCertificate>> {
    const username = foldUsername(name);
    const found = accountId === undefined ? await this.#named(username) : await this.#certified(username, accountId);
    return found.ok && found.value.accountId === this.host.identity.accountId ? bad("BAD_INPUT") : found;
  }

  async #named(username: string): Promise<EngineResult<AccountCertificate>> {
    const looked = await lookUpAccount(this.host, username);
    const met = this.host.pins.get(username);
    const isOut = !looked.ok && looked.error.code === "OFFLINE";
    return isOut && met !== undefined ? await this.#certified(username, met) : looked;
  }

  async #certified(username: string, accountId: string): Promise<EngineResult<AccountCertificate>> {
    try {
      const der = await this.host.anchors(accountId);
      const account = der && (await verifyAccountCertificate(der));
      const isMeant = account?.accountId === accountId && account.username === username;
      return account !== undefined && isMeant ? ok(account) : bad("NO_SUCH_ACCOUNT");
    } catch (error) {
      if (error instanceof AnchorsUnavailable) return bad("OFFLINE");
      throw error;
    }
  }

  #isMetAs(accountId: string, exceptName: string): boolean {
    return [...this.host.pins].some(([username, met]) => met === accountId && username !== exceptName);
  }
}
