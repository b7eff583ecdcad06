/**
 * The browser's half of OPAQUE (RFC 9807): registration and login without showing the password to the server in any
 * form. Each finish takes one Argon2id, about 0.25 s on a desktop and seconds on an old phone. SPEC section ACC.
 */
import { client, ready } from "@serenity-kit/opaque";
import { fromBase64Url } from "@/lib/protocol/bytes";
import { isOpaqueMessage, opaqueBytes, opaqueIdentifiers } from "./opaque-messages";

/**
 * How a password is stretched. Fixed for the life of a registration: login must use what registration used. The
 * default is Argon2id with 64 MiB and 3 passes (RFC 9106 section 4, second recommended option).
 */
export type KeyStretching =
  | "memory-constrained"
  | "rfc-recommended"
  | {
      readonly "argon2id-custom": {
        readonly iterations: number;
        readonly memory: number;
        readonly parallelism: number;
      };
    };

const defaultStretching = "memory-constrained";

export interface FinishedRegistration {
  readonly registrationRecord: string;
  /** 64 bytes that only who knows the password can derive, the same at every login: wraps the vault key. */
  readonly exportKey: Uint8Array;
  /** The server's static key, base64url: pin it (ACC-03). */
  readonly serverPublicKey: string;
}

export type FinishedLogin =
  | {
      readonly ok: true;
      readonly finishLoginRequest: string;
      readonly exportKey: Uint8Array;
      readonly serverPublicKey: string;
    }
  | {
      readonly ok: false;
      /**
       * `wrong-password` covers an unknown name and a damaged answer too: OPAQUE makes them look alike on purpose.
       * `server-key-changed`: password and answer fit, but the server is not the one pinned; nothing was sent.
       */
      readonly reason: "wrong-password" | "server-key-changed";
    };

export async function startRegistration(
  password: string,
): Promise<{ readonly clientRegistrationState: string; readonly registrationRequest: string }> {
  await ready;
  return client.startRegistration({ password });
}

/** Rejects when the server's response is not one of OPAQUE. */
export async function finishRegistration(input: {
  readonly username: string;
  readonly password: string;
  readonly clientRegistrationState: string;
  readonly registrationResponse: string;
  readonly keyStretching?: KeyStretching;
}): Promise<FinishedRegistration> {
  await ready;
  const { password, clientRegistrationState, registrationResponse } = input;
  if (!isOpaqueMessage("registrationResponse", registrationResponse)) {
    throw new Error("the server's registration response has the wrong size");
  }
  const { registrationRecord, exportKey, serverStaticPublicKey } = client.finishRegistration({
    password,
    clientRegistrationState,
    registrationResponse,
    identifiers: opaqueIdentifiers(input.username),
    keyStretching: input.keyStretching ?? defaultStretching,
  });
  return { registrationRecord, exportKey: exportKeyBytes(exportKey), serverPublicKey: serverStaticPublicKey };
}

export async function startLogin(
  password: string,
): Promise<{ readonly clientLoginState: string; readonly startLoginRequest: string }> {
  await ready;
  return client.startLogin({ password });
}

/** Nothing that depends on the password leaves unless the server's key is the pinned one (ACC-03, S25). */
export async function finishLogin(input: {
  readonly username: string;
  readonly password: string;
  readonly clientLoginState: string;
  readonly loginResponse: string;
  readonly pinnedServerPublicKey?: string;
  readonly keyStretching?: KeyStretching;
}): Promise<FinishedLogin> {
  await ready;
  const finished = tryFinishLogin(input);
  if (finished === undefined) return { ok: false, reason: "wrong-password" };
  const { finishLoginRequest, exportKey, serverStaticPublicKey } = finished;
  const { pinnedServerPublicKey } = input;
  if (pinnedServerPublicKey !== undefined && pinnedServerPublicKey !== serverStaticPublicKey) {
    return { ok: false, reason: "server-key-changed" };
  }
  return { ok: true, finishLoginRequest, exportKey: exportKeyBytes(exportKey), serverPublicKey: serverStaticPublicKey };
}

function tryFinishLogin(input: Parameters<typeof finishLogin>[0]) {
  const { username, password, clientLoginState, loginResponse } = input;
  if (!isOpaqueMessage("loginResponse", loginResponse)) return undefined;
  try {
    return client.finishLogin({
      password,
      clientLoginState,
      loginResponse,
      identifiers: opaqueIdentifiers(username),
      keyStretching: input.keyStretching ?? defaultStretching,
    });
  } catch {
    // The library returns nothing for a wrong password and throws for values that are not group elements.
    return undefined;
  }
}

function exportKeyBytes(text: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== opaqueBytes.exportKey) throw new Error("OPAQUE gave an export key of the wrong size");
  return bytes;
}
