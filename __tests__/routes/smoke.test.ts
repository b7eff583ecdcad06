import { startTestServer } from "../support/server";
import { registered, generalId, until } from "../support/person";
jest.setTimeout(60000);
test("smoke", async () => {
  const server = await startTestServer();
  const general = await generalId(server.url);
  const alice = await registered(server.url, "alice");
  await alice.join(general);
  await alice.close();
  await server.close();
  await new Promise(r => setTimeout(r, 500));
  console.log("closed", process.getActiveResourcesInfo());
  const hs = (process as any)._getActiveHandles();
  console.log(hs.map((h: any) => [h.constructor.name, h.fd, h._sockname, h.remoteAddress, h.remotePort]));
});
