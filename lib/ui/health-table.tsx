/** What a device could read and what it could not, with every cause. */

import { text } from "../text/catalogue";

type Counts<Causes> = Readonly<Record<keyof Causes, number>>;

export interface HealthTableProps {
  readonly received: number;
  readonly unreadable: Counts<typeof text.storage.causes>;
  readonly repairs: Counts<typeof text.storage.repairCauses>;
  readonly transcript: Counts<typeof text.storage.transcriptCauses>;
  readonly waiting: number;
  /** 0 to 1. */
  readonly rate: number;
}

export function HealthTable({ received, unreadable, repairs, transcript, waiting, rate }: HealthTableProps) {
  const { storage } = text;
  return (
    <section aria-labelledby="health">
      <h2 id="health">{storage.health}</h2>
      <dl className="facts">
        <dt>{storage.received}</dt>
        <dd>{received.toLocaleString("en")}</dd>
        <dt>{storage.unreadable}</dt>
        <dd>
          <Causes counts={unreadable} names={storage.causes} />
        </dd>
        <dt>{storage.rate}</dt>
        <dd>
          {percent(rate)} <span className="fact-note">{storage.rateNote}</span>
        </dd>
        <dt>{storage.waiting}</dt>
        <dd>{waiting.toLocaleString("en")}</dd>
        <dt>{storage.repairs}</dt>
        <dd>
          <Causes counts={repairs} names={storage.repairCauses} />
        </dd>
        <dt>{storage.transcript}</dt>
        <dd>
          <Causes counts={transcript} names={storage.transcriptCauses} />{" "}
          <span className="fact-note">{storage.transcriptNote}</span>
        </dd>
      </dl>
    </section>
  );
}

function Causes<Name extends string>({
  counts,
  names,
}: {
  readonly counts: Readonly<Record<Name, number>>;
  readonly names: Readonly<Record<Name, string>>;
}) {
  const met = (Object.keys(names) as Name[]).filter((name) => counts[name] > 0);
  if (met.length === 0) return text.storage.none;
  return (
    <ul>
      {met.map((name) => (
        <li key={name}>
          {text.storage.times(counts[name])}: {names[name]}
        </li>
      ))}
    </ul>
  );
}

/** Never rounded down to nothing: one failure in a million is not 0 %. */
function percent(rate: number): string {
  if (rate === 0) return "0 %";
  return rate < 0.0001 ? "below 0.01 %" : `${(rate * 100).toFixed(2)} %`;
}
