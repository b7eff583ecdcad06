/**
 * Every Socket.IO event. Client to server events carry one payload object and ask for one acknowledgement:
 * `{ ok: true, ...answer }` or `{ ok: false, error }`. Bytes are Uint8Array (msgpack parser). SPEC section SOCK.
 *
 * The connection: path `/socket.io`, transport websocket, `auth: { username, deviceId }`, the account's session
 * cookie. The server emits `challenge`; the client answers `prove` with a device signature with the label
 * `socketProofLabel` over [nonce, utf8(origin), utf8(accountId), fromHex(deviceId)]. Nothing else is answered before.
 */

import { z } from "zod";

import { isBytes } from "../bytes";
import { errorStatus, type ErrorCode } from "../errors";
import { accountIdSchema, deviceIdSchema, eventIdSchema, roomIdSchema, seqSchema } from "../ids";
import {
  archiveSealedMaxBytes,
  backlogPageEvents,
  certificateMaxBytes,
  certificatesMax,
  commitMaxProposals,
  eventMaxBytes,
  goodbyesMax,
  groupInfoCandidates,
  inboxMaxWelcomes,
  knockDoors,
  knockMaxBytes,
  latestDateMs,
  logPageEntries,
  logProofsMax,
  revocationsMax,
  roomMaxLeaves,
  roomTicketsMax,
  sealedGroupInfoMaxBytes,
  ticketBytes,
  ticketHashBytes,
  welcomeMaxBytes,
} from "../limits";
import { noteMaxBytes, verifierMaxLength } from "../log/checkpoint";
import { logEntryMaxBytes } from "../log/entries";
import { hashBytes, proofMaxHashes } from "../log/merkle";
import { roomNameSchema, usernameSchema } from "../names";
import { revocationBytes } from "../revocation";
import { roomSummarySchema } from "./http";

export const socketPath = "/socket.io";
export const socketProofLabel = "sealroom/socket/v1";
export const socketNonceBytes = 32;

/** Bytes as they arrive: a Uint8Array view (Node hands out Buffers, which are that too). */
export function binarySchema(maxBytes: number) {
  return z
    .custom<Uint8Array>((value) => isBytes(value) && value.length > 0 && value.length <= maxBytes)
    .transform((value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}

function exactBytesSchema(length: number) {
  return binarySchema(length).refine((bytes) => bytes.length === length);
}

export const handshakeSchema = z.strictObject({ username: usernameSchema, deviceId: deviceIdSchema });

export const challengeSchema = z.strictObject({ nonce: binarySchema(socketNonceBytes) });

/** One event in a room's total order. `at` is the server's clock (ms): a hint, never shown as a fact. */
export const roomEventSchema = z.strictObject({
  seq: seqSchema,
  id: eventIdSchema,
  payload: binarySchema(eventMaxBytes),
  at: z.number().int().nonnegative(),
});
export type RoomEvent = z.infer<typeof roomEventSchema>;

export const liveEventSchema = z.strictObject({ roomId: roomIdSchema, event: roomEventSchema });

/** Counts from 1: how often the account's archive was begun anew, the chunks of one, and how often one was written. */
const archiveCount = z.int().min(1);

/** Place in an inbox; grows with each Welcome that is stored, and is never given again. */
const inboxIdSchema = z.int().min(1);

/** Somebody asks to be let in; `turn` says how many members were asked before this one. Not part of the order. */
export const knockNoticeSchema = z.strictObject({
  roomId: roomIdSchema,
  knock: binarySchema(knockMaxBytes),
  turn: z
    .int()
    .min(0)
    .max(knockDoors - 1),
});
export type KnockNotice = z.infer<typeof knockNoticeSchema>;

/**
 * The Welcome to a commit, for a device that knocked, or that was invited into a private room; `seq` is the commit's.
 * `id` is there when it waits in the device's inbox as well, under that id.
 */
export const welcomeNoticeSchema = z.strictObject({
  roomId: roomIdSchema,
  seq: seqSchema,
  welcome: binarySchema(welcomeMaxBytes),
  id: inboxIdSchema.optional(),
});
export type WelcomeNotice = z.infer<typeof welcomeNoticeSchema>;

/** Another device of the account changed what its devices share: fetch it. */
export const accountNoticeSchema = z.strictObject({ what: z.enum(["keyring", "devices", "vault"]) });
export type AccountNotice = z.infer<typeof accountNoticeSchema>;

/** To the device itself the last word (DEV-05), to the members of its rooms the account's signature against it (DEV-08). */
export const revokedNoticeSchema = z.strictObject({ revocation: binarySchema(revocationBytes) });

/** `epoch` travels as a number: 2^53 commits are out of reach. */
const epochSchema = z.int().nonnegative();

/** Which commit (or genesis) event made the epoch, so that joiners and members can name it. */
const attestedEpoch = z.strictObject({ seq: seqSchema, epoch: epochSchema });

/** Entries of the transparency log, or the place of one. */
const logCount = z.int().nonnegative();
const noteSchema = z.string().min(1).max(noteMaxBytes);
/** Hashes one behind the other; none at all is no bytes, which `binarySchema` does not take. */
const proofSchema = z
  .custom<Uint8Array>(
    (value) => isBytes(value) && value.length <= proofMaxHashes * hashBytes && value.length % hashBytes === 0,
  )
  .transform((value) => new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
const ticketSchema = z.strictObject({
  hash: exactBytesSchema(ticketHashBytes),
  endsAt: z.int().nonnegative().max(latestDateMs).optional(),
});
export type RoomTicket = z.infer<typeof ticketSchema>;

/** A goodbye that whoever has the tree can check (MLS-13). */
const leaveProofSchema = z.strictObject({ leafIndex: z.int().min(0).max(roomMaxLeaves), signature: binarySchema(64) });

/**
 * Request payloads by event name.
 * - `room:create`: an open room has a name that the server lists; a private one is an id, with its creator's device on its roster.
 * - `room:enter`: puts the device on the room's delivery roster and subscribes this socket. A private room takes devices
 *   of accounts that are on its roster, and who shows a ticket.
 * - `room:tickets`: replaces the tickets that a private room takes, by their hashes (SHA-256). One with `endsAt` (ms since 1970) is taken
 *   until then.
 * - `room:leave`: the device has left; `goodbye` is for members who could not read its goodbye in the room.
 *   `seq` is the newest event that it has seen there: who was invited again by a later one stays invited.
 * - `room:group-info`: the candidates for an external join: the one attested by most accounts first, then newest.
 *   `limit` asks for fewer, best first: each has half a megabyte in a room of 500.
 * - `room:attest`: a member states the event that made its epoch, and brings its GroupInfo when asked for.
 * - `room:knock`: passed on to a few members that are there; the answer says to how many.
 * - `event:submit`: `groupInfo` comes with commits and with genesis, stored in the same transaction; in private rooms it is
 *   sealed (DS-12). `welcome` comes with commits that add: in open rooms it is passed on to those of `to` that have knocked, in
 *   private ones it is stored for each device of `to`, which is put on the roster in the same transaction.
 * - `events:fetch`: events with seq > after, in order, at most a page; `head` is the room's newest seq.
 * - `accounts:certificates`: the account certificates of a room's people at once; who has no account is left out.
 * - `archive:state`: where the account's archive stands: its newest chunk and how often that was written; zeros while there is none.
 * - `archive:put`: the next chunk, or the newest one again; VERSION_CONFLICT when another device was faster. A new generation
 *   begins with its first chunk and ends the one before. `archive:clear` ends all before `generation`.
 * - `devices:revocations`: the signed revocations of those of the devices that are revoked; the others are left out.
 * - `log:head`: the transparency log's signed checkpoint, and the key that the server says is the log's. `log:consistency`: that the log
 *   with `to` entries begins with the one that had `from`. `log:entries`: entries from `from` on, as many as there are, at most a page.
 *   `log:proofs`: inclusion at the head that comes with them, by the SHA-256 of certificates or revocations; null for what is in no entry.
 * - `inbox:fetch`: Welcomes that wait for this device with id > after, oldest first, at most a page; `inbox:take` deletes one.
 */
export const requestSchemas = {
  prove: z.strictObject({ signature: binarySchema(64) }),
  "room:create": z.discriminatedUnion("kind", [
    z.strictObject({ id: roomIdSchema, kind: z.literal("open"), name: roomNameSchema }),
    z.strictObject({ id: roomIdSchema, kind: z.literal("private") }),
  ]),
  "room:enter": z.strictObject({ roomId: roomIdSchema, ticket: exactBytesSchema(ticketBytes).optional() }),
  "room:tickets": z.strictObject({
    roomId: roomIdSchema,
    tickets: z.array(ticketSchema).max(roomTicketsMax),
  }),
  "room:leave": z.strictObject({
    roomId: roomIdSchema,
    goodbye: leaveProofSchema.optional(),
    seq: seqSchema.optional(),
  }),
  "room:group-info": z.strictObject({
    roomId: roomIdSchema,
    limit: z.int().min(0).max(groupInfoCandidates).optional(),
  }),
  "room:attest": z.strictObject({
    roomId: roomIdSchema,
    seq: seqSchema,
    epoch: epochSchema,
    groupInfo: binarySchema(sealedGroupInfoMaxBytes).optional(),
  }),
  "room:knock": z.strictObject({ roomId: roomIdSchema, knock: binarySchema(knockMaxBytes) }),
  "event:submit": z.strictObject({
    roomId: roomIdSchema,
    id: eventIdSchema,
    payload: binarySchema(eventMaxBytes),
    groupInfo: binarySchema(sealedGroupInfoMaxBytes).optional(),
    welcome: z
      .strictObject({
        bytes: binarySchema(welcomeMaxBytes),
        to: z.array(deviceIdSchema).min(1).max(commitMaxProposals),
      })
      .optional(),
  }),
  "events:fetch": z.strictObject({
    roomId: roomIdSchema,
    after: seqSchema,
    limit: z.int().min(1).max(backlogPageEvents),
  }),
  "accounts:certificates": z.strictObject({ accountIds: z.array(accountIdSchema).min(1).max(certificatesMax) }),
  "archive:state": z.strictObject({}),
  "archive:fetch": z.strictObject({ generation: archiveCount, number: archiveCount }),
  "archive:put": z.strictObject({
    generation: archiveCount,
    number: archiveCount,
    revision: archiveCount,
    sealed: binarySchema(archiveSealedMaxBytes),
  }),
  "archive:clear": z.strictObject({ generation: archiveCount }),
  "devices:revocations": z.strictObject({ deviceIds: z.array(deviceIdSchema).min(1).max(revocationsMax) }),
  "log:head": z.strictObject({}),
  "log:consistency": z.strictObject({ from: logCount.min(1), to: logCount.min(1) }),
  "log:entries": z.strictObject({ from: logCount }),
  "log:proofs": z.strictObject({ digests: z.array(exactBytesSchema(hashBytes)).min(1).max(logProofsMax) }),
  "inbox:fetch": z.strictObject({ after: z.int().min(0), limit: z.int().min(1).max(inboxMaxWelcomes) }),
  "inbox:take": z.strictObject({ id: inboxIdSchema }),
} as const;

export const answerSchemas = {
  prove: z.strictObject({}),
  "room:create": z.strictObject({ room: roomSummarySchema }),
  "room:enter": z.strictObject({ head: seqSchema, room: roomSummarySchema }),
  "room:tickets": z.strictObject({}),
  "room:leave": z.strictObject({}),
  "room:group-info": z.strictObject({
    head: seqSchema,
    candidates: z
      .array(
        attestedEpoch.extend({
          groupInfo: binarySchema(sealedGroupInfoMaxBytes),
          attestations: z.number().int().nonnegative(),
        }),
      )
      .max(groupInfoCandidates),
    goodbyes: z.array(leaveProofSchema).max(goodbyesMax),
  }),
  /** `wanted`: the server has no GroupInfo for that event; send the attestation again with it. */
  "room:attest": z.strictObject({ wanted: z.boolean() }),
  "room:knock": z.strictObject({ doors: z.int().min(0).max(knockDoors) }),
  "event:submit": z.strictObject({ seq: seqSchema, at: z.number().int().nonnegative() }),
  "events:fetch": z.strictObject({ head: seqSchema, events: z.array(roomEventSchema).max(backlogPageEvents) }),
  "accounts:certificates": z.strictObject({
    certificates: z
      .array(z.strictObject({ accountId: accountIdSchema, certificate: binarySchema(certificateMaxBytes) }))
      .max(certificatesMax),
  }),
  "archive:state": z.strictObject({
    generation: z.int().min(0),
    number: z.int().min(0),
    revision: z.int().min(0),
    /** Of all chunks, and of the newest. */
    bytes: z.int().min(0),
    newestBytes: z.int().min(0),
  }),
  "archive:fetch": z.strictObject({ revision: archiveCount, sealed: binarySchema(archiveSealedMaxBytes) }),
  "archive:put": z.strictObject({}),
  "archive:clear": z.strictObject({}),
  "devices:revocations": z.strictObject({
    revocations: z.array(exactBytesSchema(revocationBytes)).max(revocationsMax),
  }),
  "log:head": z.strictObject({ note: noteSchema, verifier: z.string().max(verifierMaxLength) }),
  "log:consistency": z.strictObject({ proof: proofSchema }),
  "log:entries": z.strictObject({ entries: z.array(binarySchema(logEntryMaxBytes)).max(logPageEntries) }),
  "log:proofs": z.strictObject({
    note: noteSchema,
    proofs: z
      .array(
        z.strictObject({ index: logCount, at: z.int().nonnegative().max(latestDateMs), proof: proofSchema }).nullable(),
      )
      .max(logProofsMax),
  }),
  "inbox:fetch": z.strictObject({
    welcomes: z.array(welcomeNoticeSchema.required()).max(inboxMaxWelcomes),
    more: z.boolean(),
  }),
  "inbox:take": z.strictObject({}),
} as const;

export type RequestName = keyof typeof requestSchemas;
export const requestNames = Object.keys(requestSchemas) as RequestName[];
export type Request<Name extends RequestName> = z.infer<(typeof requestSchemas)[Name]>;
export type Answer<Name extends RequestName> = z.infer<(typeof answerSchemas)[Name]>;

export const socketErrorSchema = z.strictObject({
  code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
  retryAfterMs: z.number().int().nonnegative().optional(),
});

export type Acknowledgement<Name extends RequestName> =
  | { readonly ok: true; readonly answer: Answer<Name> }
  | { readonly ok: false; readonly error: z.infer<typeof socketErrorSchema> };
