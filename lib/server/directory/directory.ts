/** Public look-ups of the key directory. SPEC DIR. */

import { certificatePem, fromPem, peekAccountCertificate, publicKeyPem } from "../../crypto/account/certificates";
import { safetyDigits } from "../../crypto/account/safety-number";
import { toBase64 } from "../../protocol/bytes";
import type { DirectoryEntry } from "../../protocol/schemas/http";
import type { Answer } from "../../protocol/schemas/socket";
import type { Database } from "../db/database";
import { Refused } from "../refused";

export class Directory {
  constructor(private readonly database: Database) {}

  byName(username: string): Promise<DirectoryEntry> {
    return this.#entry({ username });
  }

  byId(id: string): Promise<DirectoryEntry> {
    return this.#entry({ id });
  }

  /** The account that has the name, or had it until it was deleted. Throws NOT_FOUND. */
  async holderOf(username: string): Promise<{ accountId: string; deletedAt: Date | undefined }> {
    const { reader } = this.database;
    const account = await reader.account.findUnique({ where: { username }, select: { id: true } });
    if (account !== null) return { accountId: account.id, deletedAt: undefined };
    const retired = await reader.retiredName.findUnique({ where: { username } });
    const accountId = retired?.accountId ?? undefined;
    if (retired === null || accountId === undefined) throw new Refused("NOT_FOUND");
    return { accountId, deletedAt: retired.at };
  }

  /** DER of the account certificates, as they were registered; who has no account is left out. */
  async certificates(accountIds: readonly string[]): Promise<Answer<"accounts:certificates">["certificates"]> {
    const accounts = await this.database.reader.account.findMany({
      where: { id: { in: [...accountIds] } },
      select: { id: true, certificate: true },
    });
    return accounts.map(({ id, certificate }) => ({ accountId: id, certificate }));
  }

  /** Signed revocations of those of the devices that are revoked. */
  async revocations(deviceIds: readonly string[]): Promise<Uint8Array[]> {
    const devices = await this.database.reader.device.findMany({
      where: { id: { in: [...deviceIds] }, revocation: { not: null } },
      select: { revocation: true },
    });
    return devices.flatMap(({ revocation }) => (revocation === null ? [] : [revocation]));
  }

  /** The thirty digits that stand for the account in each of its safety numbers (VER-01), in groups of five. */
  safetyDigits({ fingerprint, publicKeyPem: pem }: DirectoryEntry): string {
    const spki = fromPem("PUBLIC KEY", pem);
    if (spki === undefined) throw new Error("not what the directory has written");
    return safetyDigits({ accountId: fingerprint, spki });
  }

  async #entry(where: { username: string } | { id: string }): Promise<DirectoryEntry> {
    const account = await this.database.reader.account.findUnique({
      where,
      include: { devices: { orderBy: { createdAt: "asc" } } },
    });
    if (account === null) throw new Refused("NOT_FOUND");
    const certificate = peekAccountCertificate(account.certificate);
    if (certificate === undefined) throw new Error("a stored account certificate does not parse");
    return {
      // A retired account has no name among the living; its certificate tells which one it had.
      username: certificate.username,
      fingerprint: account.id,
      publicKeyPem: publicKeyPem(certificate.spki),
      certificatePem: certificatePem(account.certificate),
      createdAt: account.createdAt.toISOString(),
      retiredAt: account.retiredAt?.toISOString() ?? null,
      replacedBy: account.successorId,
      devices: account.devices.map((device) => ({
        id: device.id,
        name: device.name,
        certificatePem: certificatePem(device.certificate),
        createdAt: device.createdAt.toISOString(),
        revokedAt: device.revokedAt?.toISOString() ?? null,
        revocation: device.revocation === null ? null : toBase64(device.revocation),
      })),
    };
  }
}
