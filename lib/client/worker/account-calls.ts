/** Calls about the own account, by name: arguments parsed, then one function. */

import {
  changePassword,
  checkPassword,
  deleteAccount,
  newRecoveryKey,
  saveRecoveryKey,
  testRecoveryKey,
  vaultReport,
} from "./account-care";
import type { Progress, Result } from "./api";
import { callSchemas, type Call } from "./messages";
import { recoverAccount, resetAccount } from "./recover";
import type { AccountPorts } from "./register";

const badInput: Result<never> = { ok: false, error: { code: "BAD_INPUT" } };

export async function callOwnAccount(
  ports: AccountPorts,
  { name, args }: Call,
  onProgress: (step: Progress) => void,
): Promise<Result<unknown>> {
  switch (name) {
    case "vaultReport": {
      const parsed = callSchemas.vaultReport.safeParse(args);
      return parsed.success ? await vaultReport(ports, ...parsed.data) : badInput;
    }
    case "newRecoveryKey":
      return newRecoveryKey();
    case "saveRecoveryKey": {
      const parsed = callSchemas.saveRecoveryKey.safeParse(args);
      return parsed.success ? await saveRecoveryKey(ports, ...parsed.data) : badInput;
    }
    case "testRecoveryKey": {
      const parsed = callSchemas.testRecoveryKey.safeParse(args);
      return parsed.success ? await testRecoveryKey(ports, ...parsed.data) : badInput;
    }
    case "changePassword": {
      const parsed = callSchemas.changePassword.safeParse(args);
      return parsed.success ? await changePassword(ports, ...parsed.data) : badInput;
    }
    case "recoverAccount": {
      const parsed = callSchemas.recoverAccount.safeParse(args);
      return parsed.success ? await recoverAccount(ports, ...parsed.data, onProgress) : badInput;
    }
    case "resetAccount": {
      const parsed = callSchemas.resetAccount.safeParse(args);
      return parsed.success ? await resetAccount(ports, parsed.data[0], parsed.data[1], onProgress) : badInput;
    }
    case "checkPassword": {
      const parsed = callSchemas.checkPassword.safeParse(args);
      return parsed.success ? await checkPassword(ports, ...parsed.data) : badInput;
    }
    case "deleteAccount": {
      const parsed = callSchemas.deleteAccount.safeParse(args);
      return parsed.success ? await deleteAccount(ports, ...parsed.data) : badInput;
    }
    default:
      return badInput;
  }
}
