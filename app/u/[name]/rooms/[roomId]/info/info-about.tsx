"use client";

/** What the room is: its kind in words, topic, and for admins the form that changes name and topic. */

import { useState } from "react";

import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { roomNameMaxLength, roomTopicMaxLength } from "@/lib/protocol/limits";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { TextField } from "@/lib/ui/field";
import { InfoSection } from "@/lib/ui/room-info";

export function InfoAbout({ room }: { readonly room: RoomView }) {
  const { roomInfo } = text;
  const [editing, setEditing] = useState(false);
  const mayEdit = room.may.govern && !room.closed && room.kind === "private";
  return (
    <InfoSection title={roomInfo.about}>
      {room.kind === "private" && !editing && (
        <p className="info-topic" dir="auto">
          {room.topic === "" ? roomInfo.noTopic : room.topic}
        </p>
      )}
      {editing && mayEdit ? (
        <EditForm
          room={room}
          onClose={() => {
            setEditing(false);
          }}
        />
      ) : (
        mayEdit && (
          <p>
            <button
              type="button"
              className="button"
              onClick={() => {
                setEditing(true);
              }}
            >
              {roomInfo.edit}
            </button>
          </p>
        )
      )}
      <p>{roomInfo.kinds[room.kind]}</p>
    </InfoSection>
  );
}

function EditForm({ room, onClose }: { readonly room: RoomView; readonly onClose: () => void }) {
  const { newRoom, roomInfo } = text;
  const view = useEngineView();
  const [name, setName] = useState(room.name);
  const [topic, setTopic] = useState(room.topic);
  const { busy, problem, run } = useAction();

  async function save() {
    const change = { ...(name === room.name ? {} : { name }), ...(topic === room.topic ? {} : { topic }) };
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    if ((await run(() => view.calls.changeRoom(room.roomId, change))) !== undefined) onClose();
  }

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextField
        label={newRoom.roomName}
        value={name}
        onChange={setName}
        problem={problem}
        input={{ autoComplete: "off", maxLength: roomNameMaxLength }}
      />
      <TextField
        label={newRoom.topic}
        value={topic}
        onChange={setTopic}
        hint={newRoom.optional}
        input={{ autoComplete: "off", maxLength: roomTopicMaxLength }}
      />
      <p className="actions">
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {busy ? roomInfo.saving : roomInfo.save}
        </button>
        <button type="button" className="button" onClick={onClose}>
          {roomInfo.cancel}
        </button>
      </p>
    </form>
  );
}
