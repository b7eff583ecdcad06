"use client";

/** Reads the link in this tab, asks which account joins, and goes to the room, or says why not and what helps. */

import { useState } from "react";

import { joinPath, loginPath, roomPath } from "@/app/login/next-path";
import { forgetLink, isLinkShape, useKeptLink } from "@/lib/client/react/kept-link";
import { useAccounts, useHeldAccounts } from "@/lib/client/react/use-accounts";
import { useJoinLink } from "@/lib/client/react/use-join-link";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { ChoiceField } from "@/lib/ui/choice-field";
import { LinkFacts } from "@/lib/ui/link-facts";
import { Notice } from "@/lib/ui/notice";
import { Skeleton } from "@/lib/ui/skeleton";

const signInPath = `/login?next=${encodeURIComponent(joinPath)}`;
const registerPath = `/register?next=${encodeURIComponent(joinPath)}`;

export function JoinIsland() {
  const fragment = useKeptLink();
  const { join } = text;
  if (fragment === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={join.checking} />
      </div>
    );
  }
  if (fragment === "") {
    return (
      <Notice tone="warning" title={join.missingTitle}>
        <p>{join.missing}</p>
      </Notice>
    );
  }
  if (!isLinkShape(fragment)) {
    return (
      <>
        <Notice tone="error" title={join.problem} live>
          <p>{problemSentence({ code: "LINK_INVALID" })}</p>
        </Notice>
        <p>
          <Forget />
        </p>
      </>
    );
  }
  return <JoinForm key={fragment} fragment={fragment} />;
}

function JoinForm({ fragment }: { readonly fragment: string }) {
  const { join, signIn } = text;
  const held = useHeldAccounts(useAccounts());
  const link = useJoinLink();
  const [chosen, setChosen] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [done, setDone] = useState(false);
  const username = chosen ?? held.names[0];

  async function enter(name: string) {
    setProblem(undefined);
    const outcome = await link.join(name, fragment);
    if (outcome === undefined) return;
    if ("roomId" in outcome) {
      setDone(true);
      forgetLink();
      window.location.assign(roomPath(name, outcome.roomId));
      return;
    }
    const { code } = outcome.error;
    // The link stays in this tab; the address that leads back holds nothing of it.
    if (code === "NO_DEVICE") window.location.assign(loginPath(name, joinPath, "device"));
    else if (code === "NOT_SIGNED_IN") window.location.assign(loginPath(name, joinPath));
    else setProblem(problemSentence(outcome.error));
  }

  return (
    <form
      className="card form"
      onSubmit={(event) => {
        event.preventDefault();
        if (username !== undefined) void enter(username);
      }}
    >
      <LinkFacts host={window.location.host} />
      {held.problem !== undefined && (
        <Notice tone="error" live>
          <p>{problemSentence(held.problem)}</p>
        </Notice>
      )}
      {held.names.length > 1 && (
        <ChoiceField
          label={join.as}
          value={username}
          options={held.names.map((name) => ({ value: name, label: name }))}
          onChange={setChosen}
        />
      )}
      {held.known && username === undefined && <p>{join.none}</p>}
      {problem !== undefined && (
        <Notice tone="error" title={join.problem} live>
          <p>{problem}</p>
        </Notice>
      )}
      <p role="status">{done ? join.joined : link.busy && join.joining}</p>
      {username !== undefined && (
        <button type="submit" className="button button-primary button-large" disabled={link.busy || done}>
          {join.joinAs(username)}
        </button>
      )}
      <p className="actions">
        <a className={username === undefined ? "button button-primary" : "button"} href={signInPath}>
          {username === undefined ? signIn.signIn : join.other}
        </a>
        {username === undefined && (
          <a className="button" href={registerPath}>
            {signIn.createAccount}
          </a>
        )}
        <Forget />
      </p>
    </form>
  );
}

function Forget() {
  return (
    <button type="button" className="button" onClick={forgetLink}>
      {text.join.forget}
    </button>
  );
}
