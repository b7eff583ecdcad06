/** Messages between page and worker, and between workers of one account. Both ends parse; limits bound every text. */

import { z } from "zod";

import { accountIdSchema, deviceIdSchema, messageIdSchema, roomIdSchema } from "../../protocol/ids";
import {
  logArrivalsMax,
  deviceNameMaxLength,
  historyFileMaxBytes,
  linkUsesMax,
  passwordMaxLength,
  reportMaxMessages,
  reportedPeopleMax,
  roomNameMaxLength,
  roomTopicMaxLength,
  textMaxBytes,
} from "../../protocol/limits";
import { usernameSchema } from "../../protocol/names";
import { verdicts } from "../../protocol/verification-mark";

/** Longer than any valid value, so that the engine can name what is wrong with it. */
const looseText = z.string().max(textMaxBytes * 4);
const passwordText = z.string().max(passwordMaxLength);
const signIn = z.strictObject({
  username: z.string().max(256),
  password: z.string().max(passwordMaxLength),
  deviceName: z.string().max(deviceNameMaxLength),
});

const looseName = z.string().max(256);
const looseRoomName = z.string().max(roomNameMaxLength * 4);
const looseTopic = z.string().max(roomTopicMaxLength * 4);
const positive = z.int().min(1);
/** Made by the page for what the call makes. */
const requestId = z.string().regex(/^[0-9a-f]{32}$/);
/** The longest text that a QR code can hold. */
const scannedTextMaxLength = 7089;
/** A recovery key or a reset code as typed, with room for what is wrong with it. */
const printedKeyText = z.string().max(256);

/** Arguments of every call by name. */
export const callSchemas = {
  register: z.tuple([signIn]),
  login: z.tuple([signIn]),
  passwordStrength: z.tuple([z.string().max(passwordMaxLength), z.array(z.string().max(256)).max(8)]),
  heldAccounts: z.tuple([]),
  devices: z.tuple([usernameSchema]),
  renameDevice: z.tuple([usernameSchema, deviceIdSchema, z.string().max(deviceNameMaxLength * 4)]),
  signOutDevice: z.tuple([usernameSchema, deviceIdSchema]),
  signOutOtherDevices: z.tuple([usernameSchema]),
  revokeDevice: z.tuple([usernameSchema, deviceIdSchema, passwordText]),
  renewCertificate: z.tuple([usernameSchema, passwordText]),
  startLink: z.tuple([]),
  awaitLink: z.tuple([]),
  finishLink: z.tuple([z.string().max(deviceNameMaxLength)]),
  answerLink: z.tuple([usernameSchema, z.string().max(256)]),
  grantLink: z.tuple([passwordText]),
  vaultReport: z.tuple([usernameSchema]),
  newRecoveryKey: z.tuple([]),
  saveRecoveryKey: z.tuple([usernameSchema, z.string().max(passwordMaxLength), printedKeyText]),
  testRecoveryKey: z.tuple([usernameSchema, printedKeyText]),
  changePassword: z.tuple([usernameSchema, z.string().max(passwordMaxLength), z.string().max(passwordMaxLength)]),
  recoverAccount: z.tuple([signIn, printedKeyText]),
  resetAccount: z.tuple([signIn, printedKeyText.optional()]),
  checkPassword: z.tuple([usernameSchema, z.string().max(passwordMaxLength)]),
  deleteAccount: z.tuple([usernameSchema, z.string().max(passwordMaxLength)]),
  // Ids are made by the page, so that a call repeated to another tab is done once.
  createRoom: z.tuple([looseRoomName, roomIdSchema]),
  createPrivateRoom: z.tuple([z.strictObject({ name: looseRoomName, topic: looseTopic }), roomIdSchema]),
  openDirect: z.tuple([looseName, roomIdSchema]),
  invite: z.tuple([roomIdSchema, looseName]),
  acceptInvite: z.tuple([roomIdSchema]),
  declineInvite: z.tuple([roomIdSchema]),
  createLink: z.tuple([
    roomIdSchema,
    z.strictObject({ expiresInMs: positive.nullable(), uses: positive.max(linkUsesMax).nullable() }),
    requestId,
  ]),
  revokeLink: z.tuple([roomIdSchema, z.string().max(128)]),
  joinByLink: z.tuple([z.string().max(1024)]),
  changeRoom: z.tuple([
    roomIdSchema,
    z.strictObject({
      name: looseRoomName.exactOptional(),
      topic: looseTopic.exactOptional(),
      invite: z.enum(["admins", "members"]).exactOptional(),
      timerMs: positive.nullable().exactOptional(),
    }),
  ]),
  setRole: z.tuple([roomIdSchema, accountIdSchema, z.enum(["admin", "member"])]),
  removeMember: z.tuple([roomIdSchema, accountIdSchema, z.strictObject({ ban: z.boolean() })]),
  unban: z.tuple([roomIdSchema, accountIdSchema]),
  closeRoom: z.tuple([roomIdSchema]),
  setBlocked: z.tuple([accountIdSchema, z.boolean()]),
  blocked: z.tuple([]),
  setMuted: z.tuple([roomIdSchema, z.boolean()]),
  setFavourite: z.tuple([roomIdSchema, z.boolean()]),
  report: z.tuple([roomIdSchema, z.array(messageIdSchema).min(1).max(reportMaxMessages), looseText, messageIdSchema]),
  join: z.tuple([roomIdSchema]),
  leave: z.tuple([roomIdSchema]),
  send: z.tuple([roomIdSchema, looseText, messageIdSchema]),
  retry: z.tuple([roomIdSchema, messageIdSchema]),
  discard: z.tuple([roomIdSchema, messageIdSchema]),
  earlier: z.tuple([roomIdSchema, z.string().max(64).optional()]),
  markRead: z.tuple([roomIdSchema]),
  settleAlarm: z.tuple([roomIdSchema]),
  leaveEverywhere: z.tuple([]),
  signOut: z.tuple([]),
  rooms: z.tuple([]),
  room: z.tuple([roomIdSchema]),
  health: z.tuple([]),
  archive: z.tuple([]),
  turnArchive: z.tuple([z.boolean()]),
  beginArchiveAnew: z.tuple([]),
  exportHistory: z.tuple([]),
  importHistory: z.tuple([z.instanceof(Uint8Array).refine(({ length }) => length <= historyFileMaxBytes)]),
  verification: z.tuple([looseName, accountIdSchema.optional()]),
  scanSafetyCode: z.tuple([looseName, accountIdSchema, z.string().max(scannedTextMaxLength)]),
  decideVerification: z.tuple([looseName, accountIdSchema, z.enum(verdicts)]),
  trusts: z.tuple([
    z.array(z.strictObject({ username: looseName, accountId: accountIdSchema })).max(reportedPeopleMax),
  ]),
  keyLog: z.tuple([]),
  keyLogEvidence: z.tuple([z.int().nonnegative()]),
  settleLogAlarm: z.tuple([z.int().nonnegative()]),
  knowDevices: z.tuple([z.array(deviceIdSchema).max(logArrivalsMax)]),
  knowRemovals: z.tuple([z.array(deviceIdSchema).max(logArrivalsMax)]),
  beginLogAnew: z.tuple([]),
  acceptUnlogged: z.tuple([accountIdSchema]),
  takeBackUnlogged: z.tuple([accountIdSchema]),
  setAside: z.tuple([]),
  identityChanged: z.tuple([]),
} as const;

export type CallName = keyof typeof callSchemas;
export const callNames = Object.keys(callSchemas) as [CallName, ...CallName[]];

/** The first message to a worker: what it is for. */
export const roleSchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("accounts") }),
  z.strictObject({ role: z.literal("engine"), username: usernameSchema }),
]);
export type Role = z.infer<typeof roleSchema>;

export const callSchema = z.strictObject({
  id: z.string().max(64),
  name: z.enum(callNames),
  args: z.array(z.unknown()).max(4),
});
export type Call = z.infer<typeof callSchema>;

/** From worker to page; trusted code on both sides, so the shapes are types only. */
export type FromWorker =
  | { readonly type: "answer"; readonly id: string; readonly result: unknown }
  | { readonly type: "progress"; readonly id: string; readonly step: string }
  | { readonly type: "event"; readonly event: unknown };
