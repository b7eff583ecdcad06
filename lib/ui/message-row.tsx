/**
 * One message, read as author, time, text, state. The text is text: no markup, no links, nothing that loads. Names and
 * texts of others are isolated, so that a right-to-left override in them cannot rewrite the line around it.
 */

import { text } from "../text/catalogue";
import { Avatar } from "./avatar";
import { CheckIcon, ClockIcon, WarningIcon } from "./icons";
import { ClockTime } from "./time";
import { TrustMark, type Trust } from "./trust-mark";

export interface MessageLine {
  readonly kind: "message";
  readonly key: string;
  readonly at: number;
  readonly messageId: string;
  readonly author: { readonly username: string; readonly accountId: string; readonly keyChanged: boolean };
  readonly own: boolean;
  readonly text: string;
  readonly state: "queued" | "sending" | "sent" | "failed" | "received";
}

/** Choosing messages of others, by id. */
export interface MessageSelection {
  readonly chosen: ReadonlySet<string>;
  readonly most: number;
  readonly toggle: (messageId: string) => void;
}

export interface MessageRowProps {
  readonly line: MessageLine;
  /** Follows another message of the same author closely: the eye needs no second heading. */
  readonly continued: boolean;
  /** How it stands with the author's key now; `undefined`: not known, as of somebody who has left. */
  readonly trust?: Trust | undefined;
  /** Own messages wait for a decision about somebody in the room. */
  readonly held?: boolean | undefined;
  readonly onRetry: (messageId: string) => void;
  readonly onDiscard: (messageId: string) => void;
  readonly selection?: MessageSelection | undefined;
}

export function MessageRow({ line, continued, trust, held = false, onRetry, onDiscard, selection }: MessageRowProps) {
  const { author, own } = line;
  const choice = own ? undefined : selection;
  return (
    <li className="message" data-own={own} data-continued={continued} data-state={line.state}>
      {!own && (!continued || choice !== undefined) && (
        <MessageLead name={author.username} messageId={line.messageId} choice={choice} />
      )}
      <div className="bubble">
        <p className={continued ? "message-head visually-hidden" : "message-head"}>
          <bdi className="author">{author.username}</bdi>
          {own && <span className="own-mark"> ({text.room.you})</span>}
          {!own && <TrustMark trust={trust ?? (author.keyChanged ? "new-key" : undefined)} />}{" "}
        </p>
        <p className="message-text" dir="auto">
          {line.text}
        </p>
        <p className="message-foot">
          <ClockTime at={line.at} />
          {own && <MessageState state={line.state} held={held} />}
        </p>
        {own && line.state === "failed" && (
          <div className="message-actions">
            <button
              type="button"
              className="button-small"
              onClick={() => {
                onRetry(line.messageId);
              }}
            >
              {text.timeline.retry}
            </button>
            <button
              type="button"
              className="button-small"
              onClick={() => {
                onDiscard(line.messageId);
              }}
            >
              {text.timeline.discard}
            </button>
          </div>
        )}
      </div>
    </li>
  );
}

/** The author's letter; while messages are chosen, the box to choose this one. */
function MessageLead({ name, messageId, choice }: MessageLeadProps) {
  if (choice === undefined) return <Avatar name={name} />;
  const isChosen = choice.chosen.has(messageId);
  return (
    <label className="message-choice">
      <input
        type="checkbox"
        checked={isChosen}
        disabled={!isChosen && choice.chosen.size >= choice.most}
        aria-label={text.report.choose(name)}
        onChange={() => {
          choice.toggle(messageId);
        }}
      />
    </label>
  );
}

interface MessageLeadProps {
  readonly name: string;
  readonly messageId: string;
  readonly choice: MessageSelection | undefined;
}

function MessageState({ state, held }: Pick<MessageLine, "state"> & { readonly held: boolean }) {
  const waiting = state === "queued" || state === "sending";
  return (
    <span className="message-state">
      {waiting ? <ClockIcon /> : state === "failed" ? <WarningIcon /> : <CheckIcon />}
      {waiting && held ? text.timeline.held : text.timeline.states[state]}
    </span>
  );
}
