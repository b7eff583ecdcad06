"use client";

/** A key to be kept on paper, in its groups, with the ways to take it along. Printing shows nothing else of the page. */

import { useState } from "react";

import { text } from "../text/catalogue";
import { saveFile } from "./save-file";

export interface PrintedKeyProps {
  readonly username: string;
  /** Groups of four with dashes between. */
  readonly value: string;
}

export function PrintedKey({ username, value }: PrintedKeyProps) {
  const { key } = text.recovery;
  const [copied, setCopied] = useState<boolean>();

  function download() {
    saveFile(key.fileName(username), new Blob([key.file(username, value)], { type: "text/plain" }));
  }

  return (
    <div className="printed-key">
      <p className="printed-key-title">{key.file(username, "").trim()}</p>
      <p className="safety-number" role="group" aria-label={key.label}>
        {value.split("-").map((group, index) => (
          // The key is fixed: the place of a group is its identity.
          <span key={index}>{group} </span>
        ))}
      </p>
      <p className="actions">
        <button
          type="button"
          className="button-small"
          onClick={() => {
            navigator.clipboard.writeText(value).then(
              () => {
                setCopied(true);
              },
              () => {
                setCopied(false);
              },
            );
          }}
        >
          {key.copy}
        </button>
        <button type="button" className="button-small" onClick={download}>
          {key.download}
        </button>
        <button
          type="button"
          className="button-small"
          onClick={() => {
            window.print();
          }}
        >
          {key.print}
        </button>
      </p>
      <p className="field-hint" role="status">
        {copied === undefined ? "" : copied ? key.copied : key.notCopied}
      </p>
    </div>
  );
}
