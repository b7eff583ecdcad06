/** Says that nothing goes in or out, why, and what waits. Nothing is shown while all is well. */

import type { ReactNode } from "react";

import { text } from "../text/catalogue";
import { WarningIcon } from "./icons";

export interface ConnectionBarProps {
  readonly connection: keyof typeof text.rooms.connection;
  /** Own messages that wait to be sent. */
  readonly waiting: number;
  /** A way on, for instance to sign in again. */
  readonly action?: ReactNode;
}

export function ConnectionBar({ connection, waiting, action }: ConnectionBarProps) {
  const { bar } = text.rooms;
  const silent = connection === "online" || connection === "connecting";
  // The region is there from the start: readers announce only what changes inside one.
  return (
    <div role="status" className="bar-region">
      {!silent && (
        <div className="bar" data-connection={connection}>
          <WarningIcon />
          <p>
            {bar[connection]}
            {waiting > 0 && ` ${bar.waiting(waiting)}`}
          </p>
          {connection !== "offline" && action}
        </div>
      )}
    </div>
  );
}
