/**
 * The account's devices as this browser may believe them: what the server lists, checked against the account's
 * certificate and signatures. What needs the account key asks for the password again and wipes the key afterwards.
 * SPEC sections DEV and REV.
 */

import { verifyAccountCertificate, verifyDeviceCertificate } from "../../crypto/account/certificates";
import type { AccountCertificate } from "../../crypto/account/certificates";
import { makeRevocation, verifyRevocation } from "../../crypto/account/revocation";
import { equalBytes } from "../../protocol/bytes";
import { certificateRenewMs, deviceNameMaxLength, maxDevicesPerAccount } from "../../protocol/limits";
import { deviceNameSchema } from "../../protocol/schemas/http";
import { loadIdentity, saveIdentity, type StoredIdentity } from "../engine/identity";
import { noteOwnDoing, removedName } from "../engine/log/own-doings";
import { heldKeyring } from "../engine/keyring";
import { heldDevice } from "./held-device";
import { loggedDevices } from "./logged-devices";
import type { HttpApi } from "../transport/http";
import type { DeviceRow, DevicesView, LocalErrorCode, Result } from "./api";
import type { AccountPorts } from "./register";
import { renewCertificate } from "./renew";
import { renewSecret } from "./renew-secret";
import { unlockAccount } from "./unlock";
import { nextVault } from "./vault-writer";

type Listed = Extract<Awaited<ReturnType<HttpApi["ownDevices"]>>, { ok: true }>["value"]["devices"][number];

/** Other devices may save at the same time. */
const maxRounds = 5;

/** This device first, then those in use, then those that are no longer. */
export async function listDevices(ports: AccountPorts, username: string): Promise<Result<DevicesView>> {
  const identity = await heldIdentity(ports, username);
  if (identity === undefined) return failed("NO_DEVICE");
  const answer = await ports.http.ownDevices(username);
  if (!answer.ok) return answer;
  const anchor = await verifyAccountCertificate(identity.accountCertificate);
  if (anchor === undefined) return failed("VAULT_TAMPERED");
  const rows: DeviceRow[] = [];
  for (const listed of answer.value.devices) rows.push(await rowOf(listed, anchor, identity, ports.now()));
  await adoptRenewed(ports, identity, answer.value.devices, anchor);
  const own = rows.find((row) => row.own);
  // Not listed: this browser waits for room to register a device (DEV-07).
  const endsAt = own?.certificateEndsAt ?? Infinity;
  return {
    ok: true,
    value: {
      devices: rows.sort((a, b) => rank(a) - rank(b) || b.addedAt - a.addedAt),
      most: maxDevicesPerAccount,
      renewal: ports.now() >= endsAt ? "over" : ports.now() >= endsAt - certificateRenewMs ? "due" : "none",
      renewBy: own?.certificateEndsAt,
    },
  };
}

export async function renameDevice(
  { http }: AccountPorts,
  username: string,
  deviceId: string,
  typed: string,
): Promise<Result<null>> {
  const name = typed.trim().replace(/\s+/gu, " ");
  if (name.length > deviceNameMaxLength || !deviceNameSchema.safeParse(name).success) return failed("BAD_INPUT");
  return done(await http.renameDevice(username, deviceId, name));
}

export async function signOutDevice({ http }: AccountPorts, username: string, deviceId: string): Promise<Result<null>> {
  return done(await http.signOutDevice(username, deviceId));
}

export async function signOutOthers({ http }: AccountPorts, username: string): Promise<Result<null>> {
  return done(await http.signOutOthers(username));
}

/**
 * Final. Told by the account's signature, so that rooms need not believe the server; and from then on the account's devices have
 * another secret than the one that is given up (SPEC section REN).
 */
export async function revokeDevice(
  ports: AccountPorts,
  username: string,
  deviceId: string,
  password: string,
): Promise<Result<null>> {
  let last: Result<null> = failed("BAD_INPUT");
  for (let round = 0; round < maxRounds; round++) {
    last = await revokeOnce(ports, username, deviceId, password);
    if (last.ok || last.error.code !== "VERSION_CONFLICT") return last;
  }
  return last;
}

/** VERSION_CONFLICT: another device saved the vault or the keyring meanwhile. */
async function revokeOnce(
  ports: AccountPorts,
  username: string,
  deviceId: string,
  password: string,
): Promise<Result<null>> {
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  const { privateKeyPkcs8, identity, entry } = unlocked.value;
  try {
    const { accountId, accountCertificate: certificate } = identity;
    const store = await ports.databases.open(identity.username, entry);
    const [listed, keyring, claimed, logged] = await Promise.all([
      ports.http.ownDevices(username),
      ports.http.fetchKeyring(username),
      ports.http.claimKeyPackages(username),
      loggedDevices(ports, store, identity),
    ]);
    if (!listed.ok) return listed;
    if (!keyring.ok) return keyring;
    // Without them the other devices would be told nothing.
    if (!claimed.ok) return claimed;
    if (!logged.ok) return logged;
    const anchor = await verifyAccountCertificate(certificate);
    if (anchor === undefined) return failed("VAULT_TAMPERED");
    const givenUp = [deviceId];
    for (const device of listed.value.devices) if (await isRevoked(device, anchor)) givenUp.push(device.id);
    const renewed = await renewSecret({
      ...unlocked.value,
      accountId,
      accountCertificate: certificate,
      givenUp,
      keyring: { version: keyring.value.version, sealed: keyring.value.sealed ?? undefined },
      held: await heldKeyring(store),
      keyPackages: claimed.value.keyPackages.map(({ keyPackage }) => keyPackage),
      isLogged: logged.value,
      nowMs: ports.now(),
    });
    const now = new Date(ports.now());
    const revocation = await makeRevocation({ privateKeyPkcs8, certificate }, { deviceId, now });
    const { signed } = await nextVault({ ...unlocked.value, accountSecret: renewed.accountSecret });
    await noteOwnDoing(store, removedName(deviceId));
    const revoked = await ports.http.revokeDevice(username, deviceId, revocation, { vault: signed, ...renewed });
    if (!revoked.ok) return revoked;
    const { accountSecret } = renewed;
    await saveIdentity(store, {
      ...((await loadIdentity(store)) ?? identity),
      vaultVersion: signed.vaultVersion,
      ...(identity.deviceId === deviceId ? {} : { accountSecret }),
    });
    return { ok: true, value: null };
  } finally {
    privateKeyPkcs8.fill(0);
  }
}

/** Another 90 days for this device. */
export async function renewDevice(ports: AccountPorts, username: string, password: string): Promise<Result<null>> {
  const unlocked = await unlockAccount(ports, username, password);
  if (!unlocked.ok) return unlocked;
  const { privateKeyPkcs8, identity } = unlocked.value;
  try {
    return await renewCertificate(ports, identity, privateKeyPkcs8);
  } finally {
    privateKeyPkcs8.fill(0);
  }
}

/** Whether the account has given this device up, or the directory has lost it: then it needs to be a new one. */
export async function isGivenUp({ http }: Pick<AccountPorts, "http">, identity: StoredIdentity): Promise<boolean> {
  const answer = await http.ownDevices(identity.username);
  if (!answer.ok) return false;
  const listed = answer.value.devices.find(({ id }) => id === identity.deviceId);
  if (listed === undefined) return true;
  const anchor = await verifyAccountCertificate(identity.accountCertificate);
  return anchor !== undefined && (await isRevoked(listed, anchor));
}

async function rowOf(
  listed: Listed,
  anchor: AccountCertificate,
  identity: StoredIdentity,
  nowMs: number,
): Promise<DeviceRow> {
  const certificate = await verifyDeviceCertificate(listed.certificate, anchor);
  const isOurs = certificate?.deviceId === listed.id;
  const own = listed.id === identity.deviceId;
  return {
    deviceId: listed.id,
    name: listed.name,
    own,
    addedAt: Date.parse(listed.createdAt),
    lastSeenOn: listed.lastSeenOn ?? undefined,
    signedIn: listed.signedIn,
    certificateEndsAt: certificate?.notAfter.getTime() ?? 0,
    state: !isOurs
      ? "foreign"
      : (await isRevoked(listed, anchor))
        ? "revoked"
        : listed.revokedAt !== null
          ? "refused"
          : certificate.notAfter.getTime() < nowMs
            ? "expired"
            : "active",
  };
}

/** The account's word counts, not the server's. */
async function isRevoked({ id, revocation }: Listed, anchor: AccountCertificate): Promise<boolean> {
  return revocation !== null && (await verifyRevocation(revocation, anchor))?.deviceId === id;
}

/** A renewal whose answer was lost: the directory has the certificate that this device made and did not store. */
async function adoptRenewed(
  { databases }: AccountPorts,
  identity: StoredIdentity,
  devices: readonly Listed[],
  anchor: AccountCertificate,
): Promise<void> {
  const listed = devices.find(({ id }) => id === identity.deviceId);
  const offered = listed && (await verifyDeviceCertificate(listed.certificate, anchor));
  const held = await verifyDeviceCertificate(identity.deviceCertificate, anchor);
  if (offered === undefined || held === undefined || offered.notAfter <= held.notAfter) return;
  if (offered.deviceId !== identity.deviceId || !equalBytes(offered.publicKey, identity.publicKey)) return;
  const device = await heldDevice(databases, identity.username);
  if (device.state === "held") await saveIdentity(device.store, { ...identity, deviceCertificate: offered.der });
}

async function heldIdentity(
  { databases }: Pick<AccountPorts, "databases">,
  username: string,
): Promise<StoredIdentity | undefined> {
  const device = await heldDevice(databases, username);
  return device.state === "held" ? device.identity : undefined;
}

function rank({ own, state }: DeviceRow): number {
  return own ? 0 : state === "revoked" || state === "refused" ? 2 : 1;
}

function done(outcome: Result<unknown>): Result<null> {
  return outcome.ok ? { ok: true, value: null } : outcome;
}

function failed(code: LocalErrorCode): { readonly ok: false; readonly error: { readonly code: LocalErrorCode } } {
  return { ok: false, error: { code } };
}
