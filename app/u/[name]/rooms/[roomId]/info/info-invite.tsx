"use client";

/** Brings others in: by name, or by a link whose secret stays behind the # of its address. */

import { useState } from "react";

import { joinPath } from "@/app/login/next-path";
import { copyText } from "@/lib/client/react/copy-text";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { LinkView, RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { LinkList, type InviteLink } from "@/lib/ui/link-list";
import { InfoSection } from "@/lib/ui/room-info";
import { PersonField, usePersonName } from "../../person-field";
import { NewLink } from "./new-link";

export interface InfoInviteProps {
  readonly username: string;
  readonly room: RoomView;
}

export function InfoInvite({ username, room }: InfoInviteProps) {
  const { roomInfo } = text;
  return (
    <>
      <InfoSection title={roomInfo.inviteTitle}>
        <InviteByName username={username} roomId={room.roomId} />
      </InfoSection>
      <InfoSection title={roomInfo.links}>
        <p>{roomInfo.linksHint}</p>
        <Links username={username} room={room} />
        <NewLink roomId={room.roomId} />
      </InfoSection>
    </>
  );
}

function InviteByName({ username, roomId }: { readonly username: string; readonly roomId: string }) {
  const { roomInfo } = text;
  const view = useEngineView();
  const person = usePersonName(username);
  const [invited, setInvited] = useState<string>();
  const { busy, problem, run } = useAction();

  async function invite() {
    setInvited(undefined);
    if ((await run(() => view.calls.invite(roomId, person.name))) === undefined) return;
    setInvited(person.name);
    person.setTyped("");
  }

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void invite();
      }}
    >
      <PersonField label={roomInfo.inviteName} person={person} hint={roomInfo.inviteHint} problem={problem} />
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || !person.usable}>
          {busy ? roomInfo.inviting : roomInfo.invite}
        </button>
      </p>
      <p role="status">{invited !== undefined && roomInfo.invited(invited)}</p>
    </form>
  );
}

function Links({ username, room }: InfoInviteProps) {
  const view = useEngineView();
  const { busy, problem, run, reset } = useAction();
  const [copied, setCopied] = useState<{ readonly id: string; readonly ok: boolean }>();
  const [revoking, setRevoking] = useState<InviteLink>();
  const { revoke } = text.roomInfo.confirm;

  async function copy({ id, address }: InviteLink) {
    if (address !== undefined) setCopied({ id, ok: await copyText(address) });
  }

  async function confirm({ id }: InviteLink) {
    if ((await run(() => view.calls.revokeLink(room.roomId, id))) !== undefined) setRevoking(undefined);
  }

  return (
    <>
      <LinkList
        links={room.links.map(withAddress)}
        copied={copied}
        onCopy={(link) => void copy(link)}
        mayRevoke={(link) => room.may.govern || link.by.username === username}
        onRevoke={(link) => {
          reset();
          setRevoking(link);
        }}
      />
      {revoking !== undefined && (
        <ConfirmDialog
          title={revoke.title()}
          body={revoke.body}
          act={revoke.act}
          danger
          busy={busy}
          problem={problem}
          onConfirm={() => void confirm(revoking)}
          onClose={() => {
            setRevoking(undefined);
          }}
        />
      )}
    </>
  );
}

function withAddress({ address, ...link }: LinkView): InviteLink {
  return { ...link, address: address === undefined ? undefined : `${window.location.origin}${joinPath}#${address}` };
}
