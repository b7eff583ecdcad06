/** `/u/{name}/settings/devices`: the account's devices, and what their owner can do about them. */

import type { Metadata } from "next";

import { ownDevices, ownName, requireSession } from "@/app/server-data";
import { devicesPath, roomsPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { SiteFrame } from "@/lib/ui/site-frame";
import { DevicesIsland } from "./devices-island";

export const metadata: Metadata = { title: text.devices.title };

export default async function DevicesPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  const username = ownName((await params).name);
  const session = await requireSession(username, devicesPath(username));
  const { devices } = text;
  const listed = await ownDevices(session);
  return (
    <SiteFrame>
      <h1>{devices.title}</h1>
      <p>{devices.intro}</p>
      <noscript>
        <Notice tone="info">
          <p>{devices.noScript}</p>
        </Notice>
        <ul>
          {listed.map(({ id, name, lastSeenOn, revokedAt }) => (
            <li key={id}>
              <bdi>{name}</bdi>
              {": "}
              {revokedAt === null ? `${devices.lastSeen} ${lastSeenOn ?? devices.never}` : devices.states.revoked}
            </li>
          ))}
        </ul>
      </noscript>
      <DevicesIsland username={username} />
      <p>
        <a href={roomsPath(username)}>{devices.back}</a>
      </p>
    </SiteFrame>
  );
}
