/** A report to the room's admins: who reports, why, and the messages with what is known of their authors. */

import { text } from "../text/catalogue";
import { CheckIcon, WarningIcon } from "./icons";
import { ClockTime } from "./time";
import { TrustMark, type Trust } from "./trust-mark";

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

export interface ReportRowProps {
  readonly line: ReportLine;
  /** How it stands with the key of who reports now; `undefined`: not known. */
  readonly trust?: Trust | undefined;
  /** How it stands with those whom reports name, by `reportedKey`. */
  readonly reported?: ReadonlyMap<string, Trust> | undefined;
}

/** A report may show one account under the name of another: what is known is known of both together. */
export function reportedKey({ username, accountId }: Pick<ReportAuthor, "username" | "accountId">): string {
  return `${accountId}/${username}`;
}

export function ReportRow({ line, trust, reported }: ReportRowProps) {
  const { report } = text.timeline;
  return (
    <li className="report">
      <p className="report-head">
        <WarningIcon />
        <span>
          <bdi className="author">{line.by.username}</bdi>
          {!line.own && <AuthorMark author={line.by} trust={trust} />}{" "}
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
              <bdi className="author">{message.author.username}</bdi>
              <AuthorMark author={message.author} trust={reported?.get(reportedKey(message.author))} />{" "}
              <ClockTime at={message.at} />
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

function AuthorMark({ author, trust }: { readonly author: ReportAuthor; readonly trust: Trust | undefined }) {
  return <TrustMark trust={trust ?? (author.keyChanged ? "new-key" : undefined)} />;
}
