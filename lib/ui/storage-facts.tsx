/** Whether the browser keeps what it stores, and how much that is. */

import { text } from "../text/catalogue";
import { sizeText } from "../text/en/size";
import { Notice } from "./notice";

export interface StorageFactsProps {
  readonly state: "asking" | "persistent" | "evictable" | "refused" | "unknown";
  /** Bytes. */
  readonly usage: number | undefined;
  readonly quota: number | undefined;
  readonly onAsk: () => void;
}

export function StorageFacts({ state, usage, quota, onAsk }: StorageFactsProps) {
  const { storage } = text;
  if (state === "asking") return null;
  const isEvictable = state === "evictable" || state === "refused";
  return (
    <section aria-labelledby="persistence">
      <h2 id="persistence">{storage.persistence}</h2>
      <p>{isEvictable ? storage.evictable : state === "persistent" ? storage.persistent : storage.unknown}</p>
      {state === "refused" && (
        <Notice tone="warning" live>
          <p>{storage.refused}</p>
        </Notice>
      )}
      {state === "evictable" && (
        <p>
          <button type="button" className="button" onClick={onAsk}>
            {storage.ask}
          </button>
        </p>
      )}
      {usage !== undefined && quota !== undefined && (
        <dl className="facts">
          <dt>{storage.used}</dt>
          <dd>{storage.usedOf(sizeText(usage), sizeText(quota))}</dd>
        </dl>
      )}
    </section>
  );
}
