"use client";

/** Makes an invite link: how long it is valid and how often it can be used is chosen first. */

import { useState } from "react";

import { useEngineView } from "@/lib/client/react/engine-context";
import { useAction } from "@/lib/client/react/use-action";
import { linkLifetimesMs, linkUsesOffered } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SelectField } from "@/lib/ui/select-field";

const unbound = "unbound";
const [, , weekMs] = linkLifetimesMs;
const [, fewUses] = linkUsesOffered;

export function NewLink({ roomId }: { readonly roomId: string }) {
  const { roomInfo } = text;
  const view = useEngineView();
  const [lifetime, setLifetime] = useState(String(weekMs));
  const [uses, setUses] = useState(String(fewUses));
  const { busy, problem, run } = useAction();
  const bound = (value: string) => (value === unbound ? null : Number(value));

  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => view.calls.createLink(roomId, { expiresInMs: bound(lifetime), uses: bound(uses) }));
      }}
    >
      <div className="field-pair">
        <SelectField
          label={roomInfo.linkExpires}
          value={lifetime}
          options={[
            ...linkLifetimesMs.map((ms) => ({ value: String(ms), label: roomInfo.linkExpiry(ms) })),
            { value: unbound, label: roomInfo.forever },
          ]}
          onChange={setLifetime}
        />
        <SelectField
          label={roomInfo.linkUses}
          value={uses}
          options={[
            ...linkUsesOffered.map((count) => ({ value: String(count), label: roomInfo.linkUsesCount(count) })),
            { value: unbound, label: roomInfo.unlimited },
          ]}
          onChange={setUses}
        />
      </div>
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
      <p className="actions">
        <button type="submit" className="button" disabled={busy}>
          {busy ? roomInfo.makingLink : roomInfo.newLink}
        </button>
      </p>
    </form>
  );
}
