"use client";

/** The camera for the other person's code, where the browser gives the page one; everywhere else it says what to do instead. */

import { useCodeCamera } from "@/lib/client/react/use-code-camera";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";

export interface CodeScannerProps {
  readonly person: string;
  readonly onRead: (code: string) => void;
}

export function CodeScanner({ person, onRead }: CodeScannerProps) {
  const { verify } = text;
  const { state, start, stop, attach } = useCodeCamera(onRead);
  if (state === "absent") return <p>{verify.cameraAbsent}</p>;
  return (
    <>
      {state === "on" && <video ref={attach} className="viewfinder" muted playsInline aria-label={verify.viewfinder} />}
      {state === "refused" && (
        <Notice tone="warning" live>
          <p>{verify.cameraRefused}</p>
        </Notice>
      )}
      <p>
        <button type="button" className="button" onClick={state === "on" ? stop : start}>
          {state === "on" ? verify.stopScan : verify.scan(person)}
        </button>
      </p>
    </>
  );
}
