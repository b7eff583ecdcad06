/** One device of the account: what is known of it, and what its owner can do. Each action opens in place, one at a time. */

import { useState, type ReactNode } from "react";

import { text } from "../text/catalogue";
import { TextField } from "./field";
import { Notice } from "./notice";
import { PasswordAsk } from "./password-ask";

export interface DeviceCardProps {
  readonly device: {
    readonly deviceId: string;
    readonly name: string;
    readonly own: boolean;
    readonly addedAt: number;
    readonly lastSeenOn: string | undefined;
    readonly signedIn: boolean;
    readonly state: keyof typeof text.devices.states;
  };
  /** Day in UTC. */
  readonly today: string;
  readonly busy: boolean;
  /** Why the last try of this card's open action failed. */
  readonly problem: string | undefined;
  readonly onRename: (name: string) => Promise<boolean>;
  readonly onSignOut: () => void;
  readonly onRemove: (password: string) => Promise<boolean>;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

export function DeviceCard(props: DeviceCardProps) {
  const { device, today, busy } = props;
  const { devices } = text;
  const [open, setOpen] = useState<"rename" | "remove">();
  const isLiving = device.state === "active" || device.state === "expired";
  const close = () => {
    setOpen(undefined);
  };
  return (
    <li className="card device" data-state={device.state}>
      <h3>
        <bdi>{device.name}</bdi> {device.own && <span className="badge-word">{devices.own}</span>}
      </h3>
      <dl className="device-facts">
        <Fact name={devices.added}>
          <Day iso={new Date(device.addedAt).toISOString()} />
        </Fact>
        {isLiving && (
          <Fact name={devices.lastSeen}>
            {device.lastSeenOn === undefined ? (
              devices.never
            ) : device.lastSeenOn === today ? (
              devices.today
            ) : (
              <Day iso={device.lastSeenOn} />
            )}
          </Fact>
        )}
      </dl>
      {device.state === "active" ? (
        <p>{device.signedIn ? devices.signedIn : devices.signedOut}</p>
      ) : device.state === "revoked" || device.state === "expired" ? (
        <p>{devices.states[device.state]}</p>
      ) : (
        <Notice tone="error">
          <p>{devices.states[device.state]}</p>
        </Notice>
      )}
      {isLiving && open === undefined && (
        <p className="device-actions">
          <Action
            name={devices.rename}
            of={device.name}
            busy={busy}
            onPress={() => {
              setOpen("rename");
            }}
          />
          {device.signedIn && !device.own && (
            <Action name={devices.signOut} of={device.name} busy={busy} onPress={props.onSignOut} />
          )}
          {!device.own && (
            <Action
              name={devices.remove}
              of={device.name}
              busy={busy}
              danger
              onPress={() => {
                setOpen("remove");
              }}
            />
          )}
        </p>
      )}
      {open === "rename" && <Rename {...props} onClose={close} />}
      {open === "remove" && (
        <PasswordAsk
          title={devices.removeTitle(device.name)}
          body={devices.removeBody}
          confirm={devices.removeConfirm}
          danger
          busy={busy}
          problem={props.problem}
          onConfirm={async (password) => {
            if (await props.onRemove(password)) close();
          }}
          onCancel={close}
        />
      )}
    </li>
  );
}

function Rename({ device, busy, problem, onRename, onClose }: DeviceCardProps & { readonly onClose: () => void }) {
  const { devices } = text;
  const [name, setName] = useState(device.name);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void onRename(name).then((isDone) => {
          if (isDone) onClose();
        });
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <TextField
        label={devices.newName}
        value={name}
        onChange={setName}
        problem={problem}
        input={{ autoComplete: "off", maxLength: 64 }}
      />
      <p className="device-actions">
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {devices.save}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {devices.cancel}
        </button>
      </p>
    </form>
  );
}

/** Readers hear which device a button is about. */
function Action({
  name,
  of,
  busy,
  danger = false,
  onPress,
}: {
  readonly name: string;
  readonly of: string;
  readonly busy: boolean;
  readonly danger?: boolean;
  readonly onPress: () => void;
}) {
  return (
    <button
      type="button"
      className={danger ? "button button-danger" : "button"}
      aria-label={`${name}: ${of}`}
      disabled={busy}
      onClick={onPress}
    >
      {name}
    </button>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Day({ iso }: { readonly iso: string }) {
  return <time dateTime={iso.slice(0, 10)}>{day.format(new Date(iso))}</time>;
}
