/** `/about`: what the server can and cannot see, and the limits in plain words. */

import type { Metadata } from "next";

import { maxDevicesPerAccount, roomMaxLeaves, textMaxBytes } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { BuildHash } from "@/lib/ui/build-hash";
import { SiteFrame } from "@/lib/ui/site-frame";
import { servedBuildHash, siteOrigin } from "../server-data";
import { RunningCode } from "./running-code";

export const metadata: Metadata = { title: text.about.title };

const kibibyte = 1024;

export default async function AboutPage() {
  const { about, code } = text;
  const buildHash = servedBuildHash();
  return (
    <SiteFrame wide>
      <h1>{about.title}</h1>
      <p className="lead">{about.lead}</p>
      <table className="sees">
        <caption>{about.table.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{about.table.what}</th>
            <th scope="col">{about.table.sees}</th>
          </tr>
        </thead>
        <tbody>
          {about.rows.map(({ what, sees, why }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>
                <strong data-sees={sees}>{about.table[sees]}.</strong> {why}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{about.limitsTitle}</h2>
      <ul className="prose-list">
        {about.limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
      <h2 id="code">{code.title}</h2>
      <p>{code.about}</p>
      {buildHash === undefined ? (
        <p>{code.notBuilt}</p>
      ) : (
        <>
          <dl className="build-hashes">
            <BuildHash term={code.buildHash} hash={buildHash} />
          </dl>
          <p>{code.verify}</p>
          <pre className="command">
            <code>{code.verifyCommand(await siteOrigin())}</code>
          </pre>
          <p>{code.inBrowser}</p>
          <RunningCode served={buildHash} />
        </>
      )}
      <p>{code.licence}</p>
      <h2>{about.sizesTitle}</h2>
      <p>{about.sizes(textMaxBytes / kibibyte, roomMaxLeaves, maxDevicesPerAccount)}</p>
      <h2>{about.moreTitle}</h2>
      <p>
        {about.more} <code>{about.moreFile}</code>
      </p>
      <p>
        {about.protocol} <code>{about.protocolFile}</code>
      </p>
    </SiteFrame>
  );
}
