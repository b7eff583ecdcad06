/** The way to the key log, marked while something in it waits for a person. */

import { text } from "../text/catalogue";
import { WarningIcon } from "./icons";

export interface KeyLogLinkProps {
  readonly href: string;
  readonly unsettled: boolean;
}

export function KeyLogLink({ href, unsettled }: KeyLogLinkProps) {
  const { rooms } = text;
  return (
    <a className="button" href={href} data-unsettled={unsettled}>
      {unsettled && <WarningIcon />}
      {rooms.keyLog}
      {unsettled && <span className="visually-hidden"> ({rooms.keyLogUnsettled})</span>}
    </a>
  );
}
