/** A report to the room's admins: who reports, why, and the messages with what is known of their authors. */

import { text } from "../text/catalogue";
import { CheckIcon, WarningIcon } from "./icons";
import { ClockTime } from "./time";

interface ReportAuthor {
  readonly username: string;
  readonly accountId: string;
  readonly keyChanged: boolean;
}

export interface ReportLine {
  readonly kind: "report";
  readonly key: string;
  readonly at: number;
  readonly by: ReportAuthor;
  readonly own: boolean;
  readonly reason: string;
  readonly messages: readonly {
    readonly messageId: string;
    readonly author: ReportAuthor;
    readonly at: number;
    readonly text: string;
    readonly proven: boolean;
  }[];
}

export function ReportRow({ line }: { readonly line: ReportLine }) {
  const { report } = text.timeline;
  return (
    <li className="report">
      <p className="report-head">
        <WarningIcon />
        <span>
          <bdi className="author">{line.by.username}</bdi>{" "}
          {line.own ? report.own(line.messages.length) : report.said(line.messages.length)}
        </span>
      </p>
      {line.reason !== "" && (
        <p className="report-reason" dir="auto">
          {line.reason}
        </p>
      )}
      <ul className="report-messages">
        {line.messages.map((message) => (
          <li key={message.messageId}>
            <p>
              <bdi className="author">{message.author.username}</bdi> <ClockTime at={message.at} />
            </p>
            <p className="message-text" dir="auto">
              {message.text}
            </p>
            <p className="report-proof" data-proven={message.proven}>
              {message.proven ? <CheckIcon /> : <WarningIcon />}
              {message.proven ? report.proven : report.unproven}
            </p>
          </li>
        ))}
      </ul>
      <ClockTime at={line.at} />
    </li>
  );
}
