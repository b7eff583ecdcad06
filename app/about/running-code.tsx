"use client";

/** What the browser itself has accepted, which the server's own word cannot change. */

import { useCodeWatch } from "@/lib/client/react/use-code-watch";
import { text } from "@/lib/text/catalogue";
import { BuildHash } from "@/lib/ui/build-hash";

export function RunningCode({ served }: { readonly served: string }) {
  const { code } = text;
  const { state } = useCodeWatch(process.env.NODE_ENV === "production");
  const accepted = state?.accepted;
  if (accepted === undefined) return <p className="needs-script">{code.runningUnknown}</p>;
  return (
    <>
      <dl className="build-hashes" data-accepted={accepted}>
        <BuildHash term={code.runningKnown} hash={accepted} />
      </dl>
      <p>{accepted === served ? code.runningSame : code.runningOther}</p>
    </>
  );
}
