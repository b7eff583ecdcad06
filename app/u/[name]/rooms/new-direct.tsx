"use client";

/** Finds somebody by name and opens the one direct room with them. */

import { useRouter } from "next/navigation";
import { useState } from "react";

import { roomPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { text } from "@/lib/text/catalogue";
import { Dialog } from "@/lib/ui/dialog";
import { PenIcon } from "@/lib/ui/icons";
import { PersonField, usePersonName } from "./person-field";

export function NewDirect({ username }: { readonly username: string }) {
  const { newRoom, rooms } = text;
  const hydrated = useHydrated();
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
  };
  return (
    <>
      <button
        type="button"
        className="button needs-script"
        disabled={!hydrated}
        onClick={() => {
          setOpen(true);
        }}
      >
        <PenIcon />
        {rooms.newMessage}
      </button>
      {open && (
        <Dialog title={newRoom.direct} onClose={close}>
          <NewDirectForm username={username} onClose={close} />
        </Dialog>
      )}
    </>
  );
}

function NewDirectForm({ username, onClose }: { readonly username: string; readonly onClose: () => void }) {
  const { newRoom, rooms } = text;
  const view = useEngineView();
  const router = useRouter();
  const person = usePersonName(username);
  const { busy, problem, run } = useAction();

  async function start() {
    const opened = await run(() => view.calls.openDirect(person.name));
    if (opened === undefined) return;
    onClose();
    router.push(roomPath(username, opened.value.roomId));
  }

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <p>{newRoom.directBody}</p>
      <PersonField label={newRoom.person} person={person} problem={problem} />
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || !person.usable}>
          {busy ? newRoom.starting : newRoom.start}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {rooms.cancel}
        </button>
      </p>
    </form>
  );
}
