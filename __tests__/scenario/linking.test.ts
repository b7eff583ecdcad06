/** A new browser is linked by code against a real server, then by servers that swap, replay and wait too long. SPEC LINK. */

import { HttpApi } from "@/lib/client/transport/http";
import { GrantingLink } from "@/lib/client/worker/link-grant";
import { NewLink } from "@/lib/client/worker/link-new";
import type { AccountPorts } from "@/lib/client/worker/register";
import { makeHello, makeOffer } from "@/lib/crypto/account/linking";
import { fromBase64, toBase64, toHex, utf8 } from "@/lib/protocol/bytes";
import { linkMs, linksMax } from "@/lib/protocol/limits";
import { linkCode, linkIdOf } from "@/lib/protocol/linking";
import { Links } from "@/lib/server/directory/links";

import { call } from "../support/accounts";
import { Browser, password, unwrap, until } from "../support/person";
import { startTestServer, type TestServer } from "../support/server";

jest.setTimeout(120_000);

let server: TestServer;
let alice: Browser;
let mallory: Browser;

beforeAll(async () => {
  server = await startTestServer();
  [alice, mallory] = [new Browser(server.url), new Browser(server.url)];
  unwrap(await alice.register("alice"));
  unwrap(await mallory.register("mallory"));
});
afterAll(() => server.close());

type Edit = (path: string, body: Record<string, unknown>) => Record<string, unknown>;

/** The server's answers as `edit` makes them. `seen` collects all that the browser sends. */
function ports(browser: Browser, edit: Edit = (_, body) => body, seen: string[] = []): AccountPorts {
  const http = new HttpApi({
    origin: "",
    fetch: async (path, init) => {
      seen.push(`${path} ${typeof init.body === "string" ? init.body : ""}`);
      const response = await browser.fetch(path, init);
      if (!response.ok || response.status === 204) return response;
      return Response.json(edit(path, (await response.json()) as Record<string, unknown>));
    },
  });
  return { ...browser.ports, http };
}

async function meet(newPorts: AccountPorts, oldPorts: AccountPorts, username = "alice") {
  const made = unwrap(await NewLink.start(newPorts));
  const [seenByNew, granting] = await Promise.all([
    made.answered(),
    GrantingLink.answer(oldPorts, username, made.code.toLowerCase()),
  ]);
  return { made, seenByNew, granting };
}

test("LINK-03 LINK-05 LINK-06 a new browser becomes a device: same number, own session, no password and no account key", async () => {
  const phone = new Browser(server.url);
  const seen: string[] = [];
  const { made, seenByNew, granting } = await meet(ports(phone, undefined, seen), ports(alice));
  const link = unwrap(granting);
  expect(unwrap(seenByNew)).toEqual(link.answered);
  expect(link.answered).toMatchObject({ username: "alice", number: expect.stringMatching(/^\d{3} \d{3}$/) as string });

  expect(await link.grant("not it")).toMatchObject({ error: { code: "WRONG_PASSWORD" } });
  const finishing = made.finish("New phone");
  unwrap(await link.grant(password));
  expect(unwrap(await finishing)).toEqual({ username: "alice" });

  const there = await phone.person("alice");
  const here = await alice.person("alice");
  expect(there.identity.accountSecret).toEqual(here.identity.accountSecret);
  expect(there.identity.serverPublicKey).toBe(here.identity.serverPublicKey);
  expect(there.identity.deviceId).not.toBe(here.identity.deviceId);
  await there.open();
  await until(() => there.running.connection === "online", "the linked device is online");
  // Who has linked it needs no word about it (LOG-12).
  await here.open();
  await until(() => (here.running.keyLog.note ?? "") !== "", "the log is known");
  await here.running.keyLog.look();
  expect(here.running.keyLog.arrivals).toEqual([]);
  await here.close();
  await there.close();
  expect(seen.join()).not.toContain(password);
  // The code itself never went to the server, nor anything that opens the grant.
  expect(seen.join()).not.toContain(made.code);
  expect(seen.join()).not.toContain(toHex(utf8(made.code)));
});

test("LINK-01 a server that swaps the offer is caught by the code before anything is answered", async () => {
  const evil = await makeOffer();
  const swapping: Edit = (_, body) => ("offer" in body ? { ...body, offer: toBase64(evil.offer) } : body);
  const made = unwrap(await NewLink.start(ports(new Browser(server.url))));
  const seen: string[] = [];
  const answered = await GrantingLink.answer(ports(alice, swapping, seen), "alice", made.code);
  expect(answered).toMatchObject({ error: { code: "LINK_SWAPPED" } });
  expect(seen.some((line) => line.includes("/hello"))).toBe(false);
});

test("LINK-03 a server that swaps the hello is caught by the number, and its grant opens nowhere else", async () => {
  const { accountId } = (await mallory.person("mallory")).identity;
  const evil = await makeHello({ accountId, username: "mallory" });
  const swapping: Edit = (_, body) =>
    typeof body["hello"] === "string" ? { ...body, hello: toBase64(evil.hello) } : body;
  const phone = new Browser(server.url);
  const { made, seenByNew, granting } = await meet(ports(phone, swapping), ports(alice));
  const shown = unwrap(seenByNew);
  const link = unwrap(granting);
  expect(shown.number).not.toBe(link.answered.number);
  // Whose account it would be stands beside the number.
  expect(shown.username).toBe("mallory");
  // Were both persons careless, the honest grant would still not open with the swapped hello.
  unwrap(await link.grant(password));
  expect(await made.finish("x")).toMatchObject({ error: { code: "LINK_SWAPPED" } });
  expect(await phone.ports.databases.names()).toEqual([]);
});

test("LINK-03 a server that swaps the nonce is caught", async () => {
  const swapping: Edit = (_, body) =>
    typeof body["nonce"] === "string" ? { ...body, nonce: toBase64(new Uint8Array(32)) } : body;
  const { granting } = await meet(ports(new Browser(server.url)), ports(alice, swapping));
  expect(granting).toMatchObject({ error: { code: "LINK_SWAPPED" } });
});

test("N3 LINK-04 a replayed grant is refused", async () => {
  let recorded: unknown;
  const recording: Edit = (_, body) => {
    if (typeof body["grant"] === "string") recorded = body["grant"];
    return body;
  };
  const first = await meet(ports(new Browser(server.url), recording), ports(alice));
  const done = first.made.finish("one");
  unwrap(await unwrap(first.granting).grant(password));
  unwrap(await done);
  expect(recorded).toBeDefined();
  const replaying: Edit = (_, body) => ("grant" in body ? { ...body, grant: recorded } : body);
  const second = await meet(ports(new Browser(server.url), replaying), ports(alice));
  unwrap(second.granting);
  expect(await second.made.finish("two")).toMatchObject({ error: { code: "LINK_SWAPPED" } });
});

describe("LINK-06 the mailbox", () => {
  const post = async (path: string, json: unknown, browser?: Browser) => {
    const answer = await call(server.url, path, { json, cookie: browser?.cookieHeader });
    return { code: answer.code ?? String(answer.status), body: answer.body };
  };

  async function opened() {
    const link = await makeOffer();
    const { body } = await post("/links", { offer: toBase64(link.offer) });
    const { linkId, token } = body as { linkId: string; token: string };
    const { accountId } = (await alice.person("alice")).identity;
    const said = await makeHello({ accountId, username: "alice" });
    const own = `/users/alice/links/${linkId}`;
    return { link, linkId, token, hello: toBase64(said.hello), own };
  }

  test("each slot is written once, in order, and by its own side", async () => {
    const { link, linkId, token, hello, own } = await opened();
    expect(linkId).toBe(linkIdOf(linkCode(link.offer)));
    const nonce = toBase64(link.nonce);
    const grant = toBase64(new Uint8Array(100));
    expect((await post("/links", { offer: toBase64(link.offer) })).code).toBe("LINK_USED");
    expect((await post(`/links/${linkId}/reveal`, { token, nonce })).code).toBe("MALFORMED");
    expect((await post(`${own}/grant`, { grant }, alice)).code).toBe("NOT_FOUND");
    const other = "A".repeat(43);
    expect((await post(`/links/${linkId}/state`, { token: other })).code).toBe("NOT_FOUND");
    // Not in another account's name, nor by who is not signed in.
    expect((await post(`/users/mallory/links/${linkId}/hello`, { hello }, mallory)).code).toBe("MALFORMED");
    expect((await post(`${own}/hello`, { hello })).code).toBe("NOT_SIGNED_IN");
    expect((await post(`${own}/hello`, { hello }, mallory)).code).toBe("NOT_FOUND");
    expect((await post(`${own}/hello`, { hello }, alice)).code).toBe("204");
    expect((await post(`${own}/hello`, { hello }, alice)).code).toBe("LINK_USED");
    expect((await post(`${own}/grant`, { grant }, alice)).code).toBe("MALFORMED");
    expect((await post(`/links/${linkId}/reveal`, { token, nonce: toBase64(new Uint8Array(32)) })).code).toBe(
      "MALFORMED",
    );
    expect((await post(`/links/${linkId}/reveal`, { token, nonce })).code).toBe("204");
    expect((await post(`/links/${linkId}/reveal`, { token, nonce })).code).toBe("LINK_USED");
    expect((await post(`/users/mallory/links/${linkId}/grant`, { grant }, mallory)).code).toBe("NOT_FOUND");
    expect((await post(`${own}/grant`, { grant }, alice)).code).toBe("204");
    expect((await post(`${own}/grant`, { grant }, alice)).code).toBe("LINK_USED");
    const state = await post(`/links/${linkId}/state`, { token });
    expect(fromBase64((state.body as { grant: string }).grant)).toEqual(new Uint8Array(100));
  });

  test("it is over after ten minutes, and there are never more than fit", async () => {
    let now = 0;
    const links = new Links(server.services.devices, () => now);
    const { offer } = await makeOffer();
    const { linkId, token } = links.open(offer);
    now = linkMs - 1;
    expect(links.state(linkId, token)).toMatchObject({ grant: undefined });
    now = linkMs;
    expect(() => links.look(linkId)).toThrow("NOT_FOUND");
    expect(() => links.state(linkId, token)).toThrow("NOT_FOUND");
    const numbered = (count: number) => {
      const bytes = offer.slice();
      new DataView(bytes.buffer).setUint32(1, count);
      return bytes;
    };
    for (let count = 0; count < linksMax; count++) links.open(numbered(count));
    expect(() => links.open(numbered(linksMax))).toThrow("UNAVAILABLE");
    now += linkMs;
    links.open(numbered(linksMax));
  });

  test("an expired or unknown code is said to be over", async () => {
    const { offer } = await makeOffer();
    const answered = await GrantingLink.answer(alice.ports, "alice", linkCode(offer));
    expect(answered).toMatchObject({ error: { code: "LINK_OVER" } });
    expect(await GrantingLink.answer(alice.ports, "alice", "ABCD")).toMatchObject({ error: { code: "LINK_CODE_BAD" } });
  });
});
