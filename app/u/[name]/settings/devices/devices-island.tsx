"use client";

/** The list as this browser checked it. The engine runs too, so that a renewed certificate comes into use at once. */

import { devicesPath, keyLogPath, loginPath } from "@/app/login/next-path";
import { EngineProvider, useEngine, useEngineView } from "@/lib/client/react/engine-context";
import { useAccounts } from "@/lib/client/react/use-accounts";
import { useDevices, type DevicesState } from "@/lib/client/react/use-devices";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { DeviceCard } from "@/lib/ui/device-card";
import { Notice } from "@/lib/ui/notice";
import { PasswordAsk } from "@/lib/ui/password-ask";
import { Skeleton } from "@/lib/ui/skeleton";
import { TroubleList, type Trouble } from "@/lib/ui/trouble-list";
import { LinkGrant } from "./link-grant";

export function DevicesIsland({ username }: { readonly username: string }) {
  return (
    <EngineProvider username={username}>
      <DeviceNews username={username} />
      <Devices username={username} />
    </EngineProvider>
  );
}

function isOfDevices(trouble: Trouble): boolean {
  return trouble === "new-device" || trouble === "lost-device";
}

/** Which device is meant, the key log says. */
function DeviceNews({ username }: { readonly username: string }) {
  const troubles = useEngine((snapshot) => snapshot.troubles);
  return <TroubleList troubles={troubles.filter(isOfDevices)} keyLogHref={keyLogPath(username)} />;
}

function Devices({ username }: { readonly username: string }) {
  const { devices } = text;
  const door = useAccounts();
  const state = useDevices(door, username);
  const connection = useEngine((snapshot) => snapshot.connection);
  const { view } = state;
  if (connection === "revoked" || view?.ok === false) {
    const isGone = connection === "revoked" || (view?.ok === false && needsSignIn(view.error.code));
    return (
      <Notice tone={connection === "revoked" ? "warning" : "error"} live>
        <p>{connection === "revoked" ? devices.revokedHere : view?.ok === false && problemSentence(view.error)}</p>
        <p>
          {isGone ? (
            <a className="button" href={loginPath(username, devicesPath(username))}>
              {devices.signInAgain}
            </a>
          ) : (
            <button type="button" className="button" onClick={state.refresh}>
              {devices.again}
            </button>
          )}
        </p>
      </Notice>
    );
  }
  if (view === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={devices.loading} />
      </div>
    );
  }
  const isOwnThere = view.value.devices.some(({ own }) => own);
  return (
    <>
      <List username={username} state={state} view={view.value} />
      {isOwnThere && <LinkGrant door={door} username={username} onLinked={state.refresh} />}
    </>
  );
}

function needsSignIn(code: string): boolean {
  return code === "NOT_SIGNED_IN" || code === "NO_DEVICE";
}

type View = Extract<NonNullable<DevicesState["view"]>, { ok: true }>["value"];

function List({
  username,
  state,
  view,
}: {
  readonly username: string;
  readonly state: DevicesState;
  readonly view: View;
}) {
  const { devices } = text;
  const engine = useEngineView();
  const today = new Date().toISOString().slice(0, 10);
  const living = view.devices.filter(({ state: is }) => is === "active" || is === "expired");
  const others = living.filter(({ own, signedIn }) => !own && signedIn);
  const problem = state.problem;
  return (
    <>
      <p role="status">{state.done !== undefined && devices.done[state.done]}</p>
      {problem !== undefined && (problem.act === "signOut" || problem.act === "signOutOthers") && (
        <Notice tone="error" live>
          <p>{problemSentence(problem.error)}</p>
        </Notice>
      )}
      {view.devices.some(({ state: is }) => is === "foreign") && (
        <Notice tone="error" title={devices.foreignTitle}>
          <p>{devices.states.foreign}</p>
        </Notice>
      )}
      <Renewal username={username} state={state} view={view} />
      <p>
        {devices.count(living.length, view.most)}. {living.length >= view.most && devices.full}
      </p>
      <ul className="devices-list">
        {view.devices.map((device) => (
          <DeviceCard
            key={device.deviceId}
            device={device}
            today={today}
            busy={state.busy !== undefined}
            problem={problem === undefined ? undefined : cardProblem(problem)}
            onRename={(name) => state.act("rename", (api) => api.renameDevice(username, device.deviceId, name))}
            onSignOut={() => void state.act("signOut", (api) => api.signOutDevice(username, device.deviceId))}
            onRemove={async (password) => {
              const isRemoved = await state.act("remove", (api) =>
                api.revokeDevice(username, device.deviceId, password),
              );
              if (isRemoved) await engine.calls.identityChanged();
              return isRemoved;
            }}
          />
        ))}
      </ul>
      {others.length > 0 && (
        <p>
          <button
            type="button"
            className="button"
            disabled={state.busy !== undefined}
            onClick={() => void state.act("signOutOthers", (api) => api.signOutOtherDevices(username))}
          >
            {devices.signOutOthers}
          </button>{" "}
          <span className="field-hint">{devices.signOutOthersNote}</span>
        </p>
      )}
    </>
  );
}

/** What belongs beside the field that was filled in. */
function cardProblem({ act, error }: NonNullable<DevicesState["problem"]>): string | undefined {
  if (act === "rename") return error.code === "BAD_INPUT" ? text.devices.badName : problemSentence(error);
  return act === "remove" ? problemSentence(error) : undefined;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

/** Quiet in the last month, said plainly once it is over. */
function Renewal({
  username,
  state,
  view,
}: {
  readonly username: string;
  readonly state: DevicesState;
  readonly view: View;
}) {
  const { devices } = text;
  const engine = useEngineView();
  if (view.renewal === "none" || view.renewBy === undefined) return null;
  const until = day.format(new Date(view.renewBy));
  const problem = state.problem?.act === "renew" ? problemSentence(state.problem.error) : undefined;
  return (
    <section className="card">
      <PasswordAsk
        title={devices.renewTitle}
        body={view.renewal === "due" ? devices.renewDue(until) : devices.renewOver(until)}
        confirm={devices.renew}
        busy={state.busy !== undefined}
        problem={problem}
        onConfirm={async (password) => {
          if (await state.act("renew", (api) => api.renewCertificate(username, password)))
            await engine.calls.identityChanged();
        }}
      />
    </section>
  );
}
