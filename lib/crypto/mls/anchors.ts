/**
 * Account certificates that leaves are checked against. An anchor must hash to the account id it is asked for, so whoever
 * serves it cannot change what is valid (DESIGN section 2).
 */
import type { AccountCertificate } from "../account/certificates";
import type { AnchorSource } from "./door";
import { verifiedAccount } from "./verified";

/** DER by account id: the accounts that have a leaf. */
export type Anchors = ReadonlyMap<string, Uint8Array>;

export type AnchorLookup = (accountId: string) => Promise<AccountCertificate | undefined>;

/** Asks each account once. A throw of the source passes through: nothing is decided then. */
export function lookUp(source: AnchorSource): AnchorLookup {
  const asked = new Map<string, Promise<AccountCertificate | undefined>>();
  return (accountId) => {
    const answer = asked.get(accountId) ?? checkedAnchor(source, accountId);
    asked.set(accountId, answer);
    return answer;
  };
}

export function fromAnchors(anchors: Anchors): AnchorSource {
  return (accountId) => Promise.resolve(anchors.get(accountId));
}

async function checkedAnchor(source: AnchorSource, accountId: string): Promise<AccountCertificate | undefined> {
  const der = await source(accountId);
  const account = der && (await verifiedAccount(der));
  return account?.accountId === accountId ? account : undefined;
}
