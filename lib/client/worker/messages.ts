/** Messages between page and worker, and between workers of one account. Both ends parse; limits bound every text. */

import { z } from "zod";

import { roomIdSchema, messageIdSchema } from "../../protocol/ids";
import { deviceNameMaxLength, passwordMaxLength, roomNameMaxLength, textMaxBytes } from "../../protocol/limits";
import { usernameSchema } from "../../protocol/names";

/** Longer than any valid value, so that the engine can name what is wrong with it. */
const looseText = z.string().max(textMaxBytes * 4);
const signIn = z.strictObject({
  username: z.string().max(256),
  password: z.string().max(passwordMaxLength),
  deviceName: z.string().max(deviceNameMaxLength),
});

/** Arguments of every call by name. */
export const callSchemas = {
  register: z.tuple([signIn]),
  login: z.tuple([signIn]),
  passwordStrength: z.tuple([z.string().max(passwordMaxLength), z.array(z.string().max(256)).max(8)]),
  heldAccounts: z.tuple([]),
  // Ids are made by the page, so that a call repeated to another tab is done once.
  createRoom: z.tuple([z.string().max(roomNameMaxLength * 4), roomIdSchema]),
  join: z.tuple([roomIdSchema]),
  leave: z.tuple([roomIdSchema]),
  send: z.tuple([roomIdSchema, looseText, messageIdSchema]),
  retry: z.tuple([roomIdSchema, messageIdSchema]),
  discard: z.tuple([roomIdSchema, messageIdSchema]),
  earlier: z.tuple([roomIdSchema, z.string().max(64).optional()]),
  markRead: z.tuple([roomIdSchema]),
  signOut: z.tuple([]),
  rooms: z.tuple([]),
  room: z.tuple([roomIdSchema]),
  health: z.tuple([]),
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
