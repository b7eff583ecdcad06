/** The worker that registers and signs in: short-lived, so that its memory of the password is too. */

import { missingBrowserFeatures } from "../../crypto/account/device-key";
import { passwordStrength } from "../../crypto/password-strength";
import { HttpApi } from "../transport/http";
import type { Progress, Result } from "./api";
import { openBrowserDatabases } from "./browser-databases";
import type { Databases } from "./databases";
import { listDevices, renameDevice, renewDevice, revokeDevice, signOutDevice, signOutOthers } from "./devices";
import { answerLink, awaitLink, finishLink, grantLink, startLink } from "./link-calls";
import { callOwnAccount } from "./account-calls";
import { login } from "./login";
import { callSchemas, type Call } from "./messages";
import { register, type AccountPorts } from "./register";

const badInput: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };

export async function callAccounts(call: Call, onProgress: (step: Progress) => void): Promise<Result<unknown>> {
  switch (call.name) {
    case "register": {
      const parsed = callSchemas.register.safeParse(call.args);
      if (!parsed.success) return badInput;
      const [input] = parsed.data;
      return await withPorts((ports) => register(ports, input, onProgress));
    }
    case "login": {
      const parsed = callSchemas.login.safeParse(call.args);
      if (!parsed.success) return badInput;
      const [input] = parsed.data;
      return await withPorts((ports) => login(ports, input, onProgress));
    }
    case "passwordStrength": {
      const parsed = callSchemas.passwordStrength.safeParse(call.args);
      if (!parsed.success) return badInput;
      const { score, acceptable } = await passwordStrength(...parsed.data);
      return { ok: true, value: { score, acceptable } };
    }
    case "heldAccounts":
      return await withPorts(async ({ databases }) => ({ ok: true, value: await databases.names() }));
    default:
      return await callDevices(call, onProgress);
  }
}

async function callDevices(call: Call, onProgress: (step: Progress) => void): Promise<Result<unknown>> {
  const { name, args } = call;
  switch (name) {
    case "devices": {
      const parsed = callSchemas.devices.safeParse(args);
      return parsed.success ? await withPorts((ports) => listDevices(ports, ...parsed.data)) : badInput;
    }
    case "renameDevice": {
      const parsed = callSchemas.renameDevice.safeParse(args);
      return parsed.success ? await withPorts((ports) => renameDevice(ports, ...parsed.data)) : badInput;
    }
    case "signOutDevice": {
      const parsed = callSchemas.signOutDevice.safeParse(args);
      return parsed.success ? await withPorts((ports) => signOutDevice(ports, ...parsed.data)) : badInput;
    }
    case "signOutOtherDevices": {
      const parsed = callSchemas.signOutOtherDevices.safeParse(args);
      return parsed.success ? await withPorts((ports) => signOutOthers(ports, ...parsed.data)) : badInput;
    }
    case "revokeDevice": {
      const parsed = callSchemas.revokeDevice.safeParse(args);
      return parsed.success ? await withPorts((ports) => revokeDevice(ports, ...parsed.data)) : badInput;
    }
    case "renewCertificate": {
      const parsed = callSchemas.renewCertificate.safeParse(args);
      return parsed.success ? await withPorts((ports) => renewDevice(ports, ...parsed.data)) : badInput;
    }
    default:
      return await callLink(call, onProgress);
  }
}

async function callLink(call: Call, onProgress: (step: Progress) => void): Promise<Result<unknown>> {
  const { name, args } = call;
  switch (name) {
    case "startLink":
      return await withPorts(startLink);
    case "awaitLink":
      return await awaitLink();
    case "finishLink": {
      const parsed = callSchemas.finishLink.safeParse(args);
      return parsed.success ? await finishLink(...parsed.data) : badInput;
    }
    case "answerLink": {
      const parsed = callSchemas.answerLink.safeParse(args);
      return parsed.success ? await withPorts((ports) => answerLink(ports, ...parsed.data)) : badInput;
    }
    case "grantLink": {
      const parsed = callSchemas.grantLink.safeParse(args);
      return parsed.success ? await grantLink(...parsed.data) : badInput;
    }
    default:
      return await withPorts((ports) => callOwnAccount(ports, call, onProgress));
  }
}

/** Says which of the browser's abilities is missing instead of failing half-way. */
async function withPorts(act: (ports: AccountPorts) => Promise<Result<unknown>>): Promise<Result<unknown>> {
  if (!self.isSecureContext) return { ok: false, error: { code: "INSECURE_CONTEXT" } };
  if ((await missingBrowserFeatures()).length > 0) return { ok: false, error: { code: "UNSUPPORTED_BROWSER" } };
  let databases: Databases;
  try {
    databases = await openBrowserDatabases();
  } catch {
    return { ok: false, error: { code: "STORAGE_BLOCKED" } };
  }
  const http = new HttpApi({ origin: self.location.origin, fetch: (url, init) => fetch(url, init) });
  return await act({ http, databases, now: () => Date.now() });
}
