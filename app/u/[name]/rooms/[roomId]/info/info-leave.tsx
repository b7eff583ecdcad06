"use client";

/** Ways to end it: report to the admins, leave, close for everybody. The last admin names another one first. */

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";

import { reportPath, roomPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { InfoSection } from "@/lib/ui/room-info";
import { SelectField } from "@/lib/ui/select-field";

export interface InfoLeaveProps {
  readonly username: string;
  readonly room: RoomView;
}

export function InfoLeave({ username, room }: InfoLeaveProps) {
  const { roomInfo } = text;
  const [question, setQuestion] = useState<"leave" | "close">();
  const others = room.members.filter((member) => member.username !== username && member.accepted);
  const isStuck = !room.may.leave && others.length === 0;
  const mayReport = room.kind === "private" && others.some(({ role }) => role === "admin");
  const mayClose = room.kind === "private" && room.may.govern && !room.closed;
  const close = () => {
    setQuestion(undefined);
  };
  return (
    <>
      {mayReport && (
        <InfoSection title={roomInfo.reportTitle}>
          <p>{roomInfo.reportHint}</p>
          <p>
            <Link className="button" href={reportPath(username, room.roomId)} prefetch={false}>
              {roomInfo.reportStart}
            </Link>
          </p>
        </InfoSection>
      )}
      <InfoSection title={mayClose ? roomInfo.leaveTitle : roomInfo.leave}>
        {isStuck && <p>{roomInfo.nobodyElse}</p>}
        {mayClose && <p>{roomInfo.closeHint}</p>}
        <p className="actions">
          {!isStuck && (
            <button
              type="button"
              className="button button-danger"
              onClick={() => {
                setQuestion("leave");
              }}
            >
              {roomInfo.leave}
            </button>
          )}
          {mayClose && (
            <button
              type="button"
              className="button button-danger"
              onClick={() => {
                setQuestion("close");
              }}
            >
              {roomInfo.closeRoom}
            </button>
          )}
        </p>
      </InfoSection>
      {question === "leave" && <LeaveDialog username={username} room={room} others={others} onClose={close} />}
      {question === "close" && <CloseDialog roomId={room.roomId} onClose={close} />}
    </>
  );
}

interface LeaveDialogProps extends InfoLeaveProps {
  readonly others: RoomView["members"];
  readonly onClose: () => void;
}

function LeaveDialog({ username, room, others, onClose }: LeaveDialogProps) {
  const { roomInfo } = text;
  const { leave } = roomInfo.confirm;
  const view = useEngineView();
  const router = useRouter();
  const needsSuccessor = !room.may.leave;
  const [successor, setSuccessor] = useState(others[0]?.accountId ?? "");
  const { busy, problem, run } = useAction();

  async function go() {
    const { calls } = view;
    const left = await run(async () => {
      const named = needsSuccessor ? await calls.setRole(room.roomId, successor, "admin") : undefined;
      return named?.ok === false ? named : await calls.leave(room.roomId);
    });
    if (left === undefined) return;
    onClose();
    await view.reread(room.roomId);
    router.push(roomPath(username, room.roomId));
  }

  return (
    <ConfirmDialog
      title={leave.title()}
      body={leave.body[room.kind]}
      act={needsSuccessor ? roomInfo.successorAct : leave.act}
      danger
      busy={busy}
      problem={problem}
      onConfirm={() => void go()}
      onClose={onClose}
    >
      {needsSuccessor && (
        <SelectField
          label={roomInfo.successor}
          value={successor}
          options={others.map(({ accountId, username: label }) => ({ value: accountId, label }))}
          hint={roomInfo.lastAdmin}
          onChange={setSuccessor}
        />
      )}
    </ConfirmDialog>
  );
}

function CloseDialog({ roomId, onClose }: { readonly roomId: string; readonly onClose: () => void }) {
  const { close } = text.roomInfo.confirm;
  const view = useEngineView();
  const { busy, problem, run } = useAction();

  async function confirm() {
    if ((await run(() => view.calls.closeRoom(roomId))) !== undefined) onClose();
  }

  return (
    <ConfirmDialog
      title={close.title()}
      body={close.body}
      act={close.act}
      danger
      busy={busy}
      problem={problem}
      onConfirm={() => void confirm()}
      onClose={onClose}
    />
  );
}
