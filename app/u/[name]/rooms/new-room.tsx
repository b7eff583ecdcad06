"use client";

/** Makes a room, private or open, and goes there. */

import { useRouter } from "next/navigation";
import { useState } from "react";

import { roomPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { useHydrated } from "@/lib/client/react/use-hydrated";
import { roomNameMaxLength, roomTopicMaxLength } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { ChoiceField } from "@/lib/ui/choice-field";
import { Dialog } from "@/lib/ui/dialog";
import { TextField } from "@/lib/ui/field";
import { PlusIcon } from "@/lib/ui/icons";

type Kind = keyof typeof text.newRoom.kinds;
const kinds = Object.keys(text.newRoom.kinds) as Kind[];

export function NewRoom({ username }: { readonly username: string }) {
  const { rooms } = text;
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
        <PlusIcon />
        {rooms.newRoom}
      </button>
      {open && (
        <Dialog title={rooms.newRoom} onClose={close}>
          <NewRoomForm username={username} onClose={close} />
        </Dialog>
      )}
    </>
  );
}

function NewRoomForm({ username, onClose }: { readonly username: string; readonly onClose: () => void }) {
  const { newRoom } = text;
  const view = useEngineView();
  const router = useRouter();
  const [kind, setKind] = useState<Kind>("private");
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const { busy, problem, run } = useAction();

  async function create() {
    const made = await run(() =>
      kind === "open" ? view.calls.createRoom(name) : view.calls.createPrivateRoom({ name, topic }),
    );
    if (made === undefined) return;
    onClose();
    router.push(roomPath(username, made.value.roomId));
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
      <ChoiceField
        label={newRoom.kind}
        value={kind}
        options={kinds.map((value) => ({ value, ...newRoom.kinds[value] }))}
        onChange={setKind}
      />
      <TextField
        label={newRoom.roomName}
        value={name}
        onChange={setName}
        hint={newRoom.kinds[kind].nameHint}
        problem={problem}
        input={{ autoComplete: "off", maxLength: roomNameMaxLength }}
      />
      {kind === "private" && (
        <TextField
          label={newRoom.topic}
          value={topic}
          onChange={setTopic}
          hint={newRoom.optional}
          input={{ autoComplete: "off", maxLength: roomTopicMaxLength }}
        />
      )}
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {busy ? newRoom.creating : newRoom.create}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {text.rooms.cancel}
        </button>
      </p>
    </form>
  );
}
