/** The page's end of the worker: typed calls and events. The worker is made here and nowhere else. */

import type { AccountsConnection, CallError, EngineConnection, EngineEvent, Progress, Result } from "./api";
import type { Call, CallName, FromWorker, Role } from "./messages";

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly onProgress: ((step: Progress) => void) | undefined;
}

export function connectAccounts(): AccountsConnection {
  const { call, close } = connect({ role: "accounts" });
  return {
    register: (input, onProgress) => call("register", [input], onProgress),
    login: (input, onProgress) => call("login", [input], onProgress),
    passwordStrength: (password, hints) => call("passwordStrength", [password, [...hints]]),
    heldAccounts: () => call("heldAccounts", []),
    devices: (username) => call("devices", [username]),
    renameDevice: (username, deviceId, name) => call("renameDevice", [username, deviceId, name]),
    signOutDevice: (username, deviceId) => call("signOutDevice", [username, deviceId]),
    signOutOtherDevices: (username) => call("signOutOtherDevices", [username]),
    revokeDevice: (username, deviceId, password) => call("revokeDevice", [username, deviceId, password]),
    startLink: () => call("startLink", []),
    awaitLink: () => call("awaitLink", []),
    finishLink: (deviceName) => call("finishLink", [deviceName]),
    answerLink: (username, code) => call("answerLink", [username, code]),
    grantLink: (password) => call("grantLink", [password]),
    renewCertificate: (username, password) => call("renewCertificate", [username, password]),
    vaultReport: (username) => call("vaultReport", [username]),
    newRecoveryKey: () => call("newRecoveryKey", []),
    saveRecoveryKey: (username, password, key) => call("saveRecoveryKey", [username, password, key]),
    testRecoveryKey: (username, key) => call("testRecoveryKey", [username, key]),
    changePassword: (username, password, next) => call("changePassword", [username, password, next]),
    recoverAccount: (input, key, onProgress) => call("recoverAccount", [input, key], onProgress),
    resetAccount: (input, code, onProgress) =>
      call("resetAccount", code === undefined ? [input] : [input, code], onProgress),
    checkPassword: (username, password) => call("checkPassword", [username, password]),
    deleteAccount: (username, password) => call("deleteAccount", [username, password]),
    close,
  };
}

export function connectEngine(username: string): EngineConnection {
  const listeners = new Set<(event: EngineEvent) => void>();
  let connection: EngineEvent | undefined;
  const { call, close } = connect({ role: "engine", username }, (event) => {
    if (event.type === "connection") connection = event;
    for (const listener of listeners) listener(event);
  });
  return {
    createRoom: (name) => call("createRoom", [name, newId()]),
    createPrivateRoom: (input) => call("createPrivateRoom", [input, newId()]),
    openDirect: (username) => call("openDirect", [username, newId()]),
    invite: (roomId, username) => call("invite", [roomId, username]),
    acceptInvite: (roomId) => call("acceptInvite", [roomId]),
    declineInvite: (roomId) => call("declineInvite", [roomId]),
    createLink: (roomId, options) => call("createLink", [roomId, options, newId()]),
    revokeLink: (roomId, linkId) => call("revokeLink", [roomId, linkId]),
    joinByLink: (fragment) => call("joinByLink", [fragment]),
    changeRoom: (roomId, change) => call("changeRoom", [roomId, change]),
    setRole: (roomId, accountId, role) => call("setRole", [roomId, accountId, role]),
    removeMember: (roomId, accountId, options) => call("removeMember", [roomId, accountId, options]),
    unban: (roomId, accountId) => call("unban", [roomId, accountId]),
    closeRoom: (roomId) => call("closeRoom", [roomId]),
    setBlocked: (accountId, on) => call("setBlocked", [accountId, on]),
    blocked: () => call("blocked", []),
    setMuted: (roomId, on) => call("setMuted", [roomId, on]),
    setFavourite: (roomId, on) => call("setFavourite", [roomId, on]),
    report: (roomId, messageIds, reason) => call("report", [roomId, [...messageIds], reason, newId()]),
    join: (roomId) => call("join", [roomId]),
    leave: (roomId) => call("leave", [roomId]),
    send: (roomId, text) => call("send", [roomId, text, newId()]),
    retry: (roomId, messageId) => call("retry", [roomId, messageId]),
    discard: (roomId, messageId) => call("discard", [roomId, messageId]),
    earlier: (roomId, beforeKey) => call("earlier", beforeKey === undefined ? [roomId] : [roomId, beforeKey]),
    markRead: (roomId) => call("markRead", [roomId]),
    settleAlarm: (roomId) => call("settleAlarm", [roomId]),
    leaveEverywhere: () => call("leaveEverywhere", []),
    signOut: () => call("signOut", []),
    health: () => call("health", []),
    archive: () => call("archive", []),
    turnArchive: (on) => call("turnArchive", [on]),
    beginArchiveAnew: () => call("beginArchiveAnew", []),
    exportHistory: () => call("exportHistory", []),
    importHistory: (file) => call("importHistory", [file]),
    verification: (username, accountId) =>
      call("verification", accountId === undefined ? [username] : [username, accountId]),
    scanSafetyCode: (username, accountId, text) => call("scanSafetyCode", [username, accountId, text]),
    trusts: (people) => call("trusts", [people]),
    decideVerification: (username, accountId, verdict) => call("decideVerification", [username, accountId, verdict]),
    keyLog: () => call("keyLog", []),
    keyLogEvidence: (id) => call("keyLogEvidence", [id]),
    settleLogAlarm: (id) => call("settleLogAlarm", [id]),
    knowDevices: (deviceIds) => call("knowDevices", [deviceIds]),
    knowRemovals: (deviceIds) => call("knowRemovals", [deviceIds]),
    beginLogAnew: () => call("beginLogAnew", []),
    acceptUnlogged: (accountId) => call("acceptUnlogged", [accountId]),
    takeBackUnlogged: (accountId) => call("takeBackUnlogged", [accountId]),
    setAside: () => call("setAside", []),
    identityChanged: () => call("identityChanged", []),
    rooms: () => call("rooms", []),
    room: (roomId) => call("room", [roomId]),
    subscribe(listener) {
      listeners.add(listener);
      if (connection !== undefined) listener(connection);
      return () => listeners.delete(listener);
    },
    close,
  };
}

/** Id of a room or message: 32 hex digits that nobody else has. */
function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function connect(role: Role, onEvent: (event: EngineEvent) => void = () => undefined) {
  const waiting = new Map<string, Waiting>();
  let failed: CallError | undefined;
  const fail = () => {
    failed = { code: "WORKER_FAILED" };
    for (const { resolve } of waiting.values()) resolve({ ok: false, error: failed } as never);
    waiting.clear();
  };
  const worker = new Worker(new URL("./entry.ts", import.meta.url));
  worker.onerror = fail;
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "event") onEvent(data.event as EngineEvent);
    else if (data.type === "progress") waiting.get(data.id)?.onProgress?.(data.step as Progress);
    else {
      waiting.get(data.id)?.resolve(data.result as never);
      waiting.delete(data.id);
    }
  };
  worker.postMessage(role);

  function call<T>(name: CallName, args: unknown[], onProgress?: (step: Progress) => void): Promise<Result<T>> {
    return new Promise((resolve) => {
      if (failed !== undefined) {
        resolve({ ok: false, error: failed });
        return;
      }
      const id = crypto.randomUUID();
      waiting.set(id, { resolve: resolve, onProgress });
      worker.postMessage({ id, name, args } satisfies Call);
    });
  }
  return {
    call,
    close: () => {
      worker.terminate();
      fail();
    },
  };
}
