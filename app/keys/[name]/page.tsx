/** `/keys/{name}`: what the directory says about one account, for people; curl has the same under `/api/v1`. */

import type { Metadata } from "next";
import { notFound } from "next/navigation";

import type { AccountLog } from "@/app/log-data";
import { RefusedPage } from "@/app/refused-page";
import { accountKeys, type AccountKeys } from "@/app/server-data";
import { isUsername } from "@/lib/protocol/names";
import { text } from "@/lib/text/catalogue";
import { LogEntry } from "@/lib/ui/log-entry";
import { Notice } from "@/lib/ui/notice";
import { PemBlock } from "@/lib/ui/pem-block";
import { SafetyNumber } from "@/lib/ui/safety-number";
import { SiteFrame } from "@/lib/ui/site-frame";

interface AccountKeysPageProps {
  readonly params: Promise<{ readonly name: string }>;
}

export async function generateMetadata({ params }: AccountKeysPageProps): Promise<Metadata> {
  const { name } = await params;
  return { title: isUsername(name) ? `${text.keys.of} ${name}` : text.keys.none };
}

export default async function AccountKeysPage({ params }: AccountKeysPageProps) {
  const { keys } = text;
  const looked = await accountKeys((await params).name);
  if (!looked.ok) {
    if (looked.error.code === "NOT_FOUND") notFound();
    return <RefusedPage title={keys.title} error={looked.error} />;
  }
  const { found } = looked;
  return found.state === "living" ? <LivingAccount {...found} /> : <DeletedAccount {...found} />;
}

function DeletedAccount({ username, deletedAt, log }: Extract<AccountKeys, { state: "deleted" }>) {
  const { keys } = text;
  return (
    <SiteFrame wide>
      <h1>
        {keys.of} <bdi>{username}</bdi>
      </h1>
      <p className="lead">
        {keys.deleted} <Day iso={deletedAt} />. {keys.utc}
      </p>
      <p>{keys.deletedBody}</p>
      <Replaced log={log} />
      <History log={log} />
    </SiteFrame>
  );
}

function LivingAccount({ entry, safetyDigits, log }: Extract<AccountKeys, { state: "living" }>) {
  const { keys } = text;
  const api = `/api/v1/users/${entry.username}`;
  return (
    <SiteFrame wide>
      <h1>
        {keys.of} <bdi>{entry.username}</bdi>
      </h1>
      <p className="lead">
        {keys.since} <Day iso={entry.createdAt} />. {keys.utc}
      </p>
      <Replaced log={log} />
      <h2>{keys.safetyNumber}</h2>
      <div className="card">
        <SafetyNumber number={safetyDigits} />
      </div>
      <p>{keys.safetyBody}</p>
      <h2>{keys.fingerprint}</h2>
      <p className="mono">{entry.fingerprint}</p>
      <p>{keys.fingerprintBody}</p>
      <h2>{keys.publicKey}</h2>
      <PemBlock
        label={keys.publicKey}
        pem={entry.publicKeyPem}
        download={{ href: `${api}/key.pem`, label: keys.download }}
      />
      <h2>{keys.certificate}</h2>
      <PemBlock
        label={keys.certificate}
        pem={entry.certificatePem}
        download={{ href: `${api}/certificate.pem`, label: keys.download }}
      />
      <h2>{keys.devices}</h2>
      {entry.devices.length === 0 && <p>{keys.noDevices}</p>}
      <ul className="devices">
        {entry.devices.map((device) => (
          <li key={device.id} className="card">
            <h3>
              <bdi>{device.name}</bdi>
            </h3>
            <p>
              {keys.added} <Day iso={device.createdAt} />.{" "}
              {device.revokedAt === null ? (
                keys.active
              ) : (
                <strong>
                  {keys.removed} <Day iso={device.revokedAt} />
                </strong>
              )}
            </p>
            <p className="mono small">{device.id}</p>
            <details>
              <summary>{keys.certificate}</summary>
              <PemBlock label={`${keys.certificate}: ${device.name}`} pem={device.certificatePem} />
            </details>
          </li>
        ))}
      </ul>
      <History log={log} />
    </SiteFrame>
  );
}

/** Also the changes of the keys that had the name before: who only sees the present key sees no swap. */
function History({ log }: { readonly log: AccountLog }) {
  const { keys } = text;
  return (
    <>
      <h2>{text.log.ofAccount}</h2>
      <p>{text.log.ofAccountBody}</p>
      {log.entries.map((one) => (
        <LogEntry
          key={one.index}
          entry={one}
          size={log.head.size}
          root={log.head.root}
          {...(one.accountId === log.accountId ? {} : { note: keys.former })}
        />
      ))}
    </>
  );
}

function Replaced({ log }: { readonly log: AccountLog }) {
  const { keys } = text;
  const replaced = log.entries.filter(({ kind, accountId }) => kind === "replaced" && accountId !== log.accountId);
  return replaced.map(({ index, at }) => (
    <Notice key={index} tone="warning">
      <p>
        {keys.replaced} <Day iso={at} />. {keys.replacedBody}{" "}
        <a href={`#entry-${String(index)}`}>{text.log.entry(index)}</a>
      </p>
    </Notice>
  ));
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

function Day({ iso }: { readonly iso: string }) {
  return <time dateTime={iso}>{day.format(new Date(iso))}</time>;
}
