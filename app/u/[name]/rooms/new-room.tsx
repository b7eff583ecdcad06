"use client";

/** Makes an open room and goes there. */

import { useRouter } from "next/navigation";
import { useRef, useState } from "react";

import { roomsPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { roomNameMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { TextField } from "@/lib/ui/field";
import { PlusIcon } from "@/lib/ui/icons";

export function NewRoom({ username }: { readonly username: string }) {
  const { rooms } = text;
  const hydrated = useHydrated();
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className="button needs-script"
        disabled={!hydrated}
        onClick={() => {
          dialog.current?.showModal();
        }}
      >
        <PlusIcon />
        {rooms.newRoom}
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby="new-room-title">
        <h2 id="new-room-title">{rooms.newRoom}</h2>
        <NewRoomForm
          username={username}
          onClose={() => {
            dialog.current?.close();
          }}
        />
      </dialog>
    </>
  );
}

function NewRoomForm({ username, onClose }: { readonly username: string; readonly onClose: () => void }) {
  const { rooms } = text;
  const view = useEngineView();
  const router = useRouter();
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function create() {
    setBusy(true);
    const result = await view.calls.createRoom(name);
    setBusy(false);
    if (!result.ok) {
      setProblem(problemSentence(result.error));
      return;
    }
    setName("");
    setProblem(undefined);
    onClose();
    router.push(`${roomsPath(username)}/${result.value.roomId}`);
    router.refresh();
  }

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <TextField
        label={rooms.roomName}
        value={name}
        onChange={setName}
        hint={rooms.roomNameHint}
        problem={problem}
        input={{ autoComplete: "off", maxLength: roomNameMaxLength }}
      />
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {busy ? rooms.creating : rooms.create}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {rooms.cancel}
        </button>
      </p>
    </form>
  );
}
