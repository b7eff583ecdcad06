"use client";

/** A panel behind a button, without script too; Escape closes it and gives the focus back. */

import { useRef, type ReactNode } from "react";

export function Panel({ label, children }: { readonly label: ReactNode; readonly children: ReactNode }) {
  const box = useRef<HTMLDetailsElement>(null);
  return (
    <details
      ref={box}
      className="panel"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || box.current?.open !== true) return;
        box.current.open = false;
        box.current.querySelector("summary")?.focus();
      }}
    >
      <summary className="button">{label}</summary>
      <div className="panel-body">{children}</div>
    </details>
  );
}
