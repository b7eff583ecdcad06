/** The one wrapper of every API handler: origin, limits, session, errors as codes, never a stack trace. SPEC HTTP. */

import { errorStatus, type ErrorCode } from "../../protocol/errors";
import { deviceIdSchema, linkIdSchema } from "../../protocol/ids";
import { foldUsername, isUsername } from "../../protocol/names";
import type { Session } from "../accounts/sessions";
import { getServices } from "../context";
import type { LimitName } from "../limits/rate-limits";
import { describeError } from "../ops/describe-error";
import { Refused, refusalIn } from "../refused";
import type { Services } from "../services";
import { addressHeader } from "./address";
import { cookieName, readCookie, sessionCookieNames } from "./cookies";
import { mayChangeState } from "./origin";
import { apiHeaders } from "./security-headers";

export interface Call {
  readonly request: Request;
  readonly services: Services;
  readonly address: string;
  readonly params: Readonly<Record<string, string>>;
  /** The account name in the path, folded; NOT_FOUND when it cannot be one. */
  readonly username: () => string;
  /** The device id in the path; NOT_FOUND when it cannot be one. */
  readonly deviceId: () => string;
  /** The link id in the path; NOT_FOUND when it cannot be one. */
  readonly linkId: () => string;
  /** The session of the account in the path; counts against that account's limit. */
  readonly session: () => Promise<Session>;
}

type Act = (call: Call) => Promise<Response>;
export type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;
export type ErrorText = (code: ErrorCode) => string;

/** `limit` is counted by the caller's address. */
export function makeHandler(errorText: ErrorText) {
  return (limit: LimitName | undefined, act: Act): Handler =>
    async (request, { params }) => {
      let services: Services | undefined;
      try {
        services = getServices();
        const response = await run(services, request, await params, limit, act);
        for (const [name, value] of Object.entries(apiHeaders)) response.headers.set(name, value);
        return response;
      } catch (error) {
        const refused = refusalIn(error);
        if (refused === undefined) services?.log.error({ error: describeError(error) }, "a request failed");
        return refusal(refused ?? new Refused("INTERNAL"), errorText);
      }
    };
}

async function run(
  services: Services,
  request: Request,
  params: Record<string, string>,
  limit: LimitName | undefined,
  act: Act,
): Promise<Response> {
  const { headers } = request;
  if (!mayChangeState(request.method, headers, services.env)) {
    const seen = { origin: headers.get("origin"), host: headers.get("host") };
    services.log.warn(
      seen,
      "refused a request from another origin; people use another address than this? set PUBLIC_ORIGIN",
    );
    throw new Refused("FOREIGN_ORIGIN");
  }
  const address = headers.get(addressHeader) ?? "unknown";
  if (limit !== undefined) await services.limits.take(limit, address);
  const username = () => {
    const folded = foldUsername(params["name"] ?? "");
    if (!isUsername(folded)) throw new Refused("NOT_FOUND");
    return folded;
  };
  const deviceId = () => {
    const parsed = deviceIdSchema.safeParse(params["deviceId"]);
    if (!parsed.success) throw new Refused("NOT_FOUND");
    return parsed.data;
  };
  const linkId = () => {
    const parsed = linkIdSchema.safeParse(params["linkId"]);
    if (!parsed.success) throw new Refused("NOT_FOUND");
    return parsed.data;
  };
  const session = async () => {
    const found = await ownSession(services, username(), headers.get("cookie"));
    await services.limits.take("account", found.accountId);
    return found;
  };
  return await act({ request, services, address, params, username, deviceId, linkId, session });
}

/**
 * Who is signed in as somebody else learns nothing, not even whether the account exists (W2); who is not signed in,
 * or whose session for this account has ended, is told to sign in.
 */
async function ownSession(services: Services, username: string, cookies: string | null): Promise<Session> {
  const own = await sessionOf(services, username, cookies);
  if (own !== undefined) return own;
  const wanted = cookieName(username, services.env);
  const names = sessionCookieNames(cookies, services.env);
  if (!names.includes(wanted)) {
    for (const other of names) {
      const name = other.slice(cookieName("", services.env).length);
      if ((await sessionOf(services, name, cookies)) !== undefined) throw new Refused("NOT_FOUND");
    }
  }
  throw new Refused("NOT_SIGNED_IN");
}

/** The session of `username` among the cookies of a request, for pages and sockets too. */
export async function sessionOf(
  services: Services,
  username: string,
  cookieHeader: string | null | undefined,
): Promise<Session | undefined> {
  const token = readCookie(cookieHeader, cookieName(username, services.env));
  return token === undefined ? undefined : await services.sessions.find(username, token);
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return Response.json(body, init);
}

function refusal({ code, retryAfterMs }: Refused, errorText: ErrorText): Response {
  const headers: Record<string, string> = { ...apiHeaders };
  if (retryAfterMs !== undefined) headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  const details = { code, message: errorText(code), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return json({ error: details }, { status: errorStatus[code], headers });
}
