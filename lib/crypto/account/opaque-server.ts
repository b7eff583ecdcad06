/**
 * The server's half of OPAQUE (RFC 9807). Bytes from the network never make it throw: `undefined` is the answer to all
 * that is malformed. Stored values (`serverSetup`, `record`, `serverLoginState`) are the host's own and must be sound.
 * Names that do not exist get the library's fake answer (RFC 9807 section 10.9): the same size, and the same
 * oblivious-function key for one name every time, also when the name is registered later (ACC-04).
 */
import { client, ready, server } from "@serenity-kit/opaque";
import { isOpaqueMessage, opaqueIdentifiers } from "./opaque-messages";

/** A new long-term secret of the server: key pair and oblivious-function seed. Losing it loses every password. */
export async function createServerSetup(): Promise<string> {
  await ready;
  return server.createSetup();
}

/** The static key that clients pin, base64url. */
export async function serverPublicKeyOf(serverSetup: string): Promise<string> {
  await ready;
  return server.getPublicKey(serverSetup);
}

export async function registrationResponse(input: {
  readonly serverSetup: string;
  readonly username: string;
  readonly request: string;
}): Promise<string | undefined> {
  await ready;
  const { serverSetup, username, request } = input;
  if (!isOpaqueMessage("registrationRequest", request)) return undefined;
  return attempt(
    () =>
      server.createRegistrationResponse({ serverSetup, userIdentifier: username, registrationRequest: request })
        .registrationResponse,
  );
}

/** True for a record that logins can be run against. Ask before storing one: a record that cannot be read is no record. */
export async function isRegistrationRecord(serverSetup: string, record: string): Promise<boolean> {
  await ready;
  if (!isOpaqueMessage("registrationRecord", record)) return false;
  const { startLoginRequest } = client.startLogin({ password: "" });
  const probe = { serverSetup, username: "probe", record, request: startLoginRequest };
  return attempt(() => runStartLogin(probe)) !== undefined;
}

/** `record: undefined` when there is no such name: the answer does not tell. */
export async function startLogin(input: {
  readonly serverSetup: string;
  readonly username: string;
  readonly record: string | undefined;
  readonly request: string;
}): Promise<{ readonly serverLoginState: string; readonly loginResponse: string } | undefined> {
  await ready;
  if (!isOpaqueMessage("startLoginRequest", input.request)) return undefined;
  return attempt(() => runStartLogin(input));
}

/**
 * `undefined`: the password was wrong, the name unknown or the message malformed. The caller deletes the login state
 * before it asks, so that no state answers twice (ACC-07, N3).
 */
export async function finishLogin(input: {
  readonly serverLoginState: string;
  readonly finishLoginRequest: string;
}): Promise<{ readonly sessionKey: string } | undefined> {
  await ready;
  const { serverLoginState, finishLoginRequest } = input;
  if (!isOpaqueMessage("finishLoginRequest", finishLoginRequest)) return undefined;
  return attempt(() => server.finishLogin({ serverLoginState, finishLoginRequest }));
}

function runStartLogin(input: NonNullable<Parameters<typeof startLogin>[0]>) {
  const { serverSetup, username, record, request } = input;
  return server.startLogin({
    serverSetup,
    userIdentifier: username,
    registrationRecord: record,
    startLoginRequest: request,
    identifiers: opaqueIdentifiers(username),
  });
}

/** The library throws for right-sized values that are no group elements, scalars or proofs. */
function attempt<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
