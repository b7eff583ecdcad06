"use client";

/** Members and bans, and what an admin decides about them; each decision says first what follows from it. */

import { useState } from "react";

import { verifyPath } from "@/app/login/next-path";
import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import type { MemberView, RoomView } from "@/lib/client/react/use-room";
import { text } from "@/lib/text/catalogue";
import { BanList } from "@/lib/ui/ban-list";
import { ConfirmDialog } from "@/lib/ui/confirm-dialog";
import { MemberList, type MemberAct } from "@/lib/ui/member-list";
import { InfoSection } from "@/lib/ui/room-info";

export interface InfoMembersProps {
  readonly username: string;
  readonly room: RoomView;
}

interface Question {
  readonly act: MemberAct | "unban";
  readonly accountId: string;
  readonly name: string;
}

export function InfoMembers({ username, room }: InfoMembersProps) {
  const { roomInfo } = text;
  const view = useEngineView();
  const { busy, problem, run, reset } = useAction();
  const [question, setQuestion] = useState<Question>();
  const mayGovern = room.may.govern && !room.closed && room.kind === "private";

  function ask(asked: Question) {
    reset();
    setQuestion(asked);
  }

  async function answer({ act, accountId }: Question) {
    const { calls } = view;
    const done = await run(() => {
      switch (act) {
        case "promote":
          return calls.setRole(room.roomId, accountId, "admin");
        case "demote":
          return calls.setRole(room.roomId, accountId, "member");
        case "remove":
          return calls.removeMember(room.roomId, accountId, { ban: false });
        case "ban":
          return calls.removeMember(room.roomId, accountId, { ban: true });
        case "unban":
          return calls.unban(room.roomId, accountId);
      }
    });
    if (done !== undefined) setQuestion(undefined);
  }

  const confirm = question && roomInfo.confirm[question.act];
  return (
    <>
      <InfoSection title={roomInfo.members(room.members.length)}>
        <p>{roomInfo.lock}</p>
        <MemberList
          members={room.members}
          ownUsername={username}
          verifyHref={(member) => verifyPath(username, member.username, member.accountId)}
          acts={(member) => (mayGovern ? actsOn(member, username, room.members) : [])}
          onAct={(act, { accountId, username: name }) => {
            ask({ act, accountId, name });
          }}
        />
      </InfoSection>
      {room.bans.length > 0 && (
        <InfoSection title={roomInfo.bans}>
          <BanList
            bans={room.bans}
            onUnban={
              mayGovern
                ? (accountId, name) => {
                    ask({ act: "unban", accountId, name });
                  }
                : undefined
            }
          />
        </InfoSection>
      )}
      {question !== undefined && confirm !== undefined && (
        <ConfirmDialog
          title={confirm.title(question.name)}
          body={confirm.body}
          act={confirm.act}
          danger={question.act === "remove" || question.act === "ban"}
          busy={busy}
          problem={problem}
          onConfirm={() => void answer(question)}
          onClose={() => {
            setQuestion(undefined);
          }}
        />
      )}
    </>
  );
}

/** Oneself can only step down, and not as the last admin. */
function actsOn(
  member: Pick<MemberView, "username" | "role" | "accepted">,
  ownUsername: string,
  members: readonly MemberView[],
): readonly MemberAct[] {
  const admins = members.filter(({ role }) => role === "admin").length;
  if (member.username === ownUsername) return member.role === "admin" && admins > 1 ? ["demote"] : [];
  if (!member.accepted) return ["remove", "ban"];
  return [member.role === "admin" ? "demote" : "promote", "remove", "ban"];
}
