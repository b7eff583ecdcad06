import { startTestServer } from "../support/server";
import { registered, generalId, until } from "../support/person";
jest.setTimeout(60000);
test("smoke", async () => {
  const server = await startTestServer();
  const general = await generalId(server.url);
  const t0 = Date.now();
  const alice = await registered(server.url, "alice");
  const bob = await registered(server.url, "bob");
  console.log("registered", Date.now() - t0);
  await alice.join(general);
  await bob.join(general);
  await alice.say(general, "hello bob");
  await until(async () => (await bob.texts(general)).length === 1, "bob reads");
  console.log(await bob.texts(general), Date.now() - t0);
  await alice.close(); await bob.close();
  await server.close();
});
