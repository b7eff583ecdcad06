/** Where a message is written. Enter sends, Shift+Enter breaks the line; the limit is said before it is met. */

import { useId, type RefObject } from "react";

import { text } from "../text/catalogue";
import { SendIcon } from "./icons";

export interface ComposerProps {
  readonly roomName: string;
  readonly value: string;
  /** Bytes of `value` in UTF-8, and how many there may be. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly onChange: (value: string) => void;
  readonly onSend: () => void;
  readonly box: RefObject<HTMLTextAreaElement | null>;
}

const sayFrom = 0.9;
const maxRows = 8;

export function Composer({ roomName, value, bytes, maxBytes, onChange, onSend, box }: ComposerProps) {
  const id = useId();
  const { room } = text;
  const tooLong = bytes > maxBytes;
  const canSend = value.trim() !== "" && !tooLong;
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        {room.message}
      </label>
      <div className="composer-box" data-invalid={tooLong}>
        <textarea
          ref={box}
          id={id}
          rows={Math.min(maxRows, value.split("\n").length)}
          value={value}
          placeholder={room.placeholder(roomName)}
          dir="auto"
          autoComplete="off"
          enterKeyHint="send"
          aria-invalid={tooLong || undefined}
          aria-describedby={`${id}-hint`}
          onChange={(event) => {
            onChange(event.target.value);
          }}
          onKeyDown={(event) => {
            // While an input method composes, Enter chooses a candidate.
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            if (canSend) onSend();
          }}
        />
        <button type="submit" className="button button-primary composer-send" disabled={!canSend}>
          <SendIcon />
          <span>{room.send}</span>
        </button>
      </div>
      <p id={`${id}-hint`} className="composer-hint" data-invalid={tooLong} aria-live="polite">
        {tooLong
          ? room.tooLong(bytes - maxBytes)
          : bytes > maxBytes * sayFrom
            ? room.bytesLeft(maxBytes - bytes)
            : room.sendHint}
      </p>
    </form>
  );
}
