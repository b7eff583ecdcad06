/** All services of one process, made from the environment. */

import path from "node:path";

import { AccountNotices } from "./accounts/account-notices";
import { Archives } from "./accounts/archives";
import { Accounts } from "./accounts/accounts";
import { Endings } from "./accounts/endings";
import { Keyrings } from "./accounts/keyrings";
import { Recovery } from "./accounts/recovery";
import { Renewals } from "./accounts/renewals";
import { Sessions } from "./accounts/sessions";
import { Vaults } from "./accounts/vaults";
import { loadServedCode, type ServedCode } from "./code/served-code";
import { Database } from "./db/database";
import { Delivery } from "./delivery/delivery";
import { Devices } from "./directory/devices";
import { Links } from "./directory/links";
import { Directory } from "./directory/directory";
import type { Env } from "./env";
import { logWhatIsMissing } from "./log/reconcile";
import { LogPages } from "./log/log-pages";
import { TransparencyLog } from "./log/transparency-log";
import { RateLimits } from "./limits/rate-limits";
import { describeError } from "./ops/describe-error";
import { makeLog, type Log } from "./ops/log";

export interface Services {
  readonly env: Env;
  readonly log: Log;
  readonly database: Database;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly accountNotices: AccountNotices;
  readonly keyrings: Keyrings;
  readonly archives: Archives;
  readonly vaults: Vaults;
  readonly recovery: Recovery;
  readonly endings: Endings;
  readonly devices: Devices;
  readonly links: Links;
  readonly directory: Directory;
  readonly transparencyLog: TransparencyLog;
  readonly logPages: LogPages;
  readonly delivery: Delivery;
  readonly limits: RateLimits;
  /** The build that is served; `undefined` while developing. */
  readonly code: ServedCode | undefined;
  /** Waits for what is under way, then closes the database. Nothing may be called after it. */
  close(): Promise<void>;
}

/** How often expired sessions, unfinished logins, stale Welcomes and rooms that ended are deleted. */
const sweepMs = 10 * 60 * 1000;

export async function createServices(env: Env): Promise<Services> {
  const log = makeLog(env);
  const database = await Database.open(env.databaseFile, path.resolve("prisma/migrations"));
  const sessions = new Sessions(database);
  const transparencyLog = await TransparencyLog.open(database);
  const added = await logWhatIsMissing(database, transparencyLog);
  if (added > 0) log.info({ entries: added }, "the transparency log was brought up to date with the directory");
  const accounts = await Accounts.open(database, sessions, transparencyLog);
  const accountNotices = new AccountNotices();
  const keyrings = new Keyrings(database, accountNotices);
  const vaults = new Vaults(database, sessions, accounts, accountNotices);
  const renewals = new Renewals(vaults, keyrings, accountNotices);
  const devices = new Devices(database, sessions, accountNotices, renewals, transparencyLog);
  const delivery = new Delivery(database);
  await delivery.rooms.ensureGeneral();
  const sweeper = setInterval(() => {
    Promise.all([sessions.sweep(), accounts.sweep(), delivery.sweep()]).catch((error: unknown) => {
      log.error({ error: describeError(error) }, "deleting what has expired failed");
    });
  }, sweepMs).unref();
  return {
    env,
    log,
    database,
    sessions,
    accounts,
    accountNotices,
    keyrings,
    archives: new Archives(database),
    devices,
    links: new Links(devices),
    vaults,
    recovery: new Recovery(database, accounts, vaults),
    endings: new Endings(database, sessions, accounts, transparencyLog),
    directory: new Directory(database),
    transparencyLog,
    logPages: new LogPages(database),
    delivery,
    limits: new RateLimits(env.rateLimitFactor),
    code: env.isDevelopment ? undefined : await loadServedCode(path.resolve(".next")),
    async close() {
      clearInterval(sweeper);
      await delivery.close();
      await database.close();
    },
  };
}
