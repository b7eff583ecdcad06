/** The devices page's pieces: what readers hear, and nothing by colour alone. */

import { renderToStaticMarkup } from "react-dom/server";

import { loginPath, nextPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";
import { DeviceCard, type DeviceCardProps } from "@/lib/ui/device-card";
import { QrCode } from "@/lib/ui/qr-code";

const device: DeviceCardProps["device"] = {
  deviceId: "0123456789abcdef0123456789abcdef",
  name: "Firefox on Linux",
  own: false,
  addedAt: Date.parse("2026-11-01T12:00:00Z"),
  lastSeenOn: "2026-11-24",
  signedIn: true,
  state: "active",
};

function card(changes: Partial<DeviceCardProps["device"]>): string {
  const never = () => Promise.resolve(false);
  return renderToStaticMarkup(
    <DeviceCard
      device={{ ...device, ...changes }}
      today="2026-11-24"
      busy={false}
      problem={undefined}
      onRename={never}
      onSignOut={() => undefined}
      onRemove={never}
    />,
  );
}

test("UI-60 a device says when it came and was seen, and its buttons say which device they are about", () => {
  const html = card({});
  expect(html).toContain("1 November 2026");
  expect(html).toContain(text.devices.today);
  for (const name of ["Rename", "Sign out", "Remove"]) expect(html).toContain(`aria-label="${name}: Firefox on Linux"`);
});

test("UI-61 this device is marked in words and can neither be removed nor signed out here", () => {
  const html = card({ own: true });
  expect(html).toContain(text.devices.own);
  expect(html).not.toMatch(/aria-label="(Remove|Sign out)/);
});

test.each(["foreign", "refused", "revoked"] as const)(
  "UI-62 a device that is %s says why and offers nothing",
  (state) => {
    const html = card({ state });
    expect(html).toContain(renderToStaticMarkup(<>{text.devices.states[state]}</>));
    expect(html).not.toContain("<button");
  },
);

test("UI-63 names are text, whatever they hold (M9)", () => {
  expect(card({ name: "<img src=x onerror=alert(1)>" })).not.toContain("<img");
});

test("UI-64 a QR code is one dark path on light, named, and another for another text", () => {
  const [one, other] = ["0000-0000-0000-0000-0000", "0000-0000-0000-0000-0001"].map((value) =>
    renderToStaticMarkup(<QrCode value={value} label="code" />),
  );
  expect(one).toContain('role="img" aria-label="code"');
  expect(one).toMatch(/<path d="(M\d+ \d+h1v1h-1z){100,}"/);
  expect(one).not.toBe(other);
});

test("UI-65 W18 signing in leads back to the devices, and nowhere else", () => {
  expect(nextPath("alice", "/u/alice/settings/devices")).toBe("/u/alice/settings/devices");
  expect(nextPath("alice", "/u/alice/settings/other")).toBe("/u/alice/rooms");
  expect(nextPath("alice", "/u/mallory/settings/devices")).toBe("/u/alice/rooms");
  expect(loginPath("alice", "/u/alice/settings/devices")).toContain("settings%2Fdevices");
});
