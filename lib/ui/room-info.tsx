/** The frame of room info: a head with the way back, and sections below each other. */

import { useId, type ReactNode } from "react";

import { text } from "../text/catalogue";

export interface InfoPaneProps {
  readonly name: string | undefined;
  /** Link back to the room. */
  readonly back: ReactNode;
  readonly children: ReactNode;
}

export function InfoPane({ name, back, children }: InfoPaneProps) {
  return (
    <section className="info-pane" aria-label={text.roomInfo.title}>
      <header className="info-head">
        {back}
        <div>
          <h2>{text.roomInfo.title}</h2>
          {name !== undefined && (
            <p>
              <bdi>{name}</bdi>
            </p>
          )}
        </div>
      </header>
      <div className="info-body">{children}</div>
    </section>
  );
}

export function InfoSection({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className="info-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}
