/** Engine calls by name: arguments parsed, then one engine method. */

import { foldRoomName, roomNameSchema } from "../../protocol/names";
import type { Engine } from "../engine/engine";
import type { Result } from "./api";
import { evidenceOf, viewOfLog } from "../engine/log/desk";
import { callSchemas, type Call } from "./messages";
import { callRooms } from "./room-calls";

const badInput: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };
const notFound: Result<never> = { ok: false, error: { code: "NOT_FOUND" } };

export async function callEngine(engine: Engine, { name, args }: Call): Promise<Result<unknown>> {
  switch (name) {
    case "createRoom": {
      const parsed = callSchemas.createRoom.safeParse(args);
      const roomName = parsed.success ? roomNameSchema.safeParse(parsed.data[0]) : undefined;
      return roomName?.success === true && foldRoomName(roomName.data) !== ""
        ? await engine.createRoom(roomName.data, parsed.data?.[1])
        : badInput;
    }
    case "join": {
      const parsed = callSchemas.join.safeParse(args);
      return parsed.success ? await engine.join(parsed.data[0]) : badInput;
    }
    case "leave": {
      const parsed = callSchemas.leave.safeParse(args);
      return parsed.success ? await engine.leave(parsed.data[0]) : badInput;
    }
    case "send": {
      const parsed = callSchemas.send.safeParse(args);
      return parsed.success ? await engine.send(...parsed.data) : badInput;
    }
    case "retry": {
      const parsed = callSchemas.retry.safeParse(args);
      return parsed.success ? await engine.retry(...parsed.data) : badInput;
    }
    case "discard": {
      const parsed = callSchemas.discard.safeParse(args);
      return parsed.success ? await engine.discard(...parsed.data) : badInput;
    }
    case "earlier": {
      const parsed = callSchemas.earlier.safeParse(args);
      return parsed.success ? await engine.earlier(parsed.data[0], parsed.data[1]) : badInput;
    }
    case "markRead": {
      const parsed = callSchemas.markRead.safeParse(args);
      return parsed.success ? await engine.markRead(parsed.data[0]) : badInput;
    }
    case "settleAlarm": {
      const parsed = callSchemas.settleAlarm.safeParse(args);
      return parsed.success ? await engine.settleAlarm(parsed.data[0]) : badInput;
    }
    case "room": {
      const parsed = callSchemas.room.safeParse(args);
      if (!parsed.success) return badInput;
      const room = engine.room(parsed.data[0]);
      return room === undefined ? notFound : { ok: true, value: room };
    }
    case "rooms":
      return { ok: true, value: engine.rooms() };
    case "health":
      return { ok: true, value: await engine.health() };
    case "archive":
      return { ok: true, value: engine.history.view };
    case "turnArchive": {
      const parsed = callSchemas.turnArchive.safeParse(args);
      return parsed.success ? await engine.history.turnArchive(parsed.data[0]) : badInput;
    }
    case "beginArchiveAnew":
      return await engine.history.beginArchiveAnew();
    case "exportHistory":
      return await engine.history.exportFile();
    case "importHistory": {
      const parsed = callSchemas.importHistory.safeParse(args);
      return parsed.success ? await engine.history.importFile(parsed.data[0]) : badInput;
    }
    case "verification": {
      const parsed = callSchemas.verification.safeParse(args);
      return parsed.success ? await engine.verification.view(...parsed.data) : badInput;
    }
    case "scanSafetyCode": {
      const parsed = callSchemas.scanSafetyCode.safeParse(args);
      return parsed.success ? await engine.verification.scan(...parsed.data) : badInput;
    }
    case "decideVerification": {
      const parsed = callSchemas.decideVerification.safeParse(args);
      return parsed.success ? await engine.verification.decide(...parsed.data) : badInput;
    }
    case "trusts": {
      const parsed = callSchemas.trusts.safeParse(args);
      return parsed.success ? { ok: true, value: engine.verification.trusts(parsed.data[0]) } : badInput;
    }
    case "leaveEverywhere":
      return await engine.govern.leaveEverywhere();
    case "signOut":
      return await engine.signOut();
    case "createPrivateRoom":
    case "openDirect":
    case "invite":
    case "acceptInvite":
    case "declineInvite":
    case "createLink":
    case "revokeLink":
    case "joinByLink":
    case "changeRoom":
    case "setRole":
    case "removeMember":
    case "unban":
    case "closeRoom":
    case "setBlocked":
    case "blocked":
    case "setMuted":
    case "setFavourite":
    case "report":
      return await callRooms(engine, { name, args });
    case "register":
    case "login":
    case "passwordStrength":
    case "heldAccounts":
    case "vaultReport":
    case "newRecoveryKey":
    case "saveRecoveryKey":
    case "testRecoveryKey":
    case "changePassword":
    case "recoverAccount":
    case "resetAccount":
    case "checkPassword":
    case "deleteAccount":
    case "startLink":
    case "awaitLink":
    case "finishLink":
    case "answerLink":
    case "grantLink":
    case "devices":
    case "renameDevice":
    case "signOutDevice":
    case "signOutOtherDevices":
    case "revokeDevice":
    case "renewCertificate":
    case "keyLog":
      return { ok: true, value: viewOfLog(engine.keyLog) };
    case "keyLogEvidence": {
      const parsed = callSchemas.keyLogEvidence.safeParse(args);
      return parsed.success ? evidenceOf(engine.keyLog, parsed.data[0]) : badInput;
    }
    case "settleLogAlarm": {
      const parsed = callSchemas.settleLogAlarm.safeParse(args);
      if (!parsed.success) return badInput;
      await engine.keyLog.settle(parsed.data[0]);
      return { ok: true, value: null };
    }
    case "knowDevices": {
      const parsed = callSchemas.knowDevices.safeParse(args);
      if (!parsed.success) return badInput;
      await engine.keyLog.acknowledge(parsed.data[0]);
      return { ok: true, value: null };
    }
    case "knowRemovals": {
      const parsed = callSchemas.knowRemovals.safeParse(args);
      if (!parsed.success) return badInput;
      await engine.keyLog.acknowledgeRemovals(parsed.data[0]);
      return { ok: true, value: null };
    }
    case "beginLogAnew":
      await engine.keyLog.beginAnew();
      return { ok: true, value: null };
    case "takeBackUnlogged": {
      const parsed = callSchemas.takeBackUnlogged.safeParse(args);
      if (!parsed.success) return badInput;
      await engine.keyLog.takeBack(parsed.data[0]);
      return { ok: true, value: null };
    }
    case "acceptUnlogged": {
      const parsed = callSchemas.acceptUnlogged.safeParse(args);
      return parsed.success ? await engine.acceptUnlogged(...parsed.data) : badInput;
    }
    case "setAside":
    // Answered where the engine is run (engine-role.ts).
    case "identityChanged":
      return badInput;
  }
}
