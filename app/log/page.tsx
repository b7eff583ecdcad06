/** `/log`: where the transparency log stands, for people and auditors. Works without JavaScript. */

import type { Metadata } from "next";

import { logOverview } from "@/app/log-data";
import { RefusedPage } from "@/app/refused-page";
import { text } from "@/lib/text/catalogue";
import { LogTime } from "@/lib/ui/log-time";
import { PemBlock } from "@/lib/ui/pem-block";
import { SiteFrame } from "@/lib/ui/site-frame";

export const metadata: Metadata = { title: text.log.title };

export default async function LogPage() {
  const { log } = text;
  const looked = await logOverview();
  if (!looked.ok) return <RefusedPage title={log.title} error={looked.error} />;
  const { head, verifierLine, recent, origin } = looked.found;
  return (
    <SiteFrame wide>
      <h1>{log.title}</h1>
      <p className="lead">{log.lead}</p>
      <h2>{log.head}</h2>
      <p>
        <strong>{log.entries(head.size)}</strong>
      </p>
      <p className="mono">{head.root}</p>
      <p>{log.headBody}</p>
      <PemBlock label={log.checkpoint} pem={head.note} />
      <h2>{log.verifier}</h2>
      <PemBlock label={log.verifier} pem={verifierLine} />
      <p>{log.verifierBody}</p>
      <h2>{log.recent}</h2>
      {recent.length === 0 ? (
        <p>{log.empty}</p>
      ) : (
        <table className="log-entries">
          <thead>
            <tr>
              <th scope="col">{log.column.index}</th>
              <th scope="col">{log.column.what}</th>
              <th scope="col">{log.column.who}</th>
              <th scope="col">{log.column.at}</th>
            </tr>
          </thead>
          <tbody>
            {recent.map((entry) => (
              <tr key={entry.index}>
                <td>
                  <a href={`/log/${String(entry.index)}`}>{entry.index}</a>
                </td>
                <td>{log.kinds[entry.kind]}</td>
                <td>
                  <a href={`/keys/${entry.username}`}>
                    <bdi>{entry.username}</bdi>
                  </a>
                </td>
                <td>
                  <LogTime iso={entry.at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>{log.utc}</p>
      <h2>{log.audit}</h2>
      <p>{log.auditBody}</p>
      <PemBlock label={log.audit} pem={log.auditCommand(origin, verifierLine)} />
      <p>
        {log.tiles} <code>/api/v1/log/</code>
      </p>
    </SiteFrame>
  );
}
