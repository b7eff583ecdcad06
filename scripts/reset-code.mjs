/**
 * `npm run reset-code -- NAME`: prints the code with which the person NAME can put another account key under that name,
 * when password and recovery key are lost. Whoever has it can take the name, so give it to that person alone.
 */

import { importServerFile, main, prepare, say, StepFailed } from "./prepare.mjs";

await main(async () => {
  const [name] = process.argv.slice(2);
  if (name === undefined) throw new StepFailed("say whose: npm run reset-code -- NAME");
  await prepare();
  const { resetCodeFor } = await importServerFile("lib/server/ops/reset-code.ts");
  const code = await resetCodeFor(name);
  if (code === undefined) throw new StepFailed(`there is no account named ${name}`);
  console.log(code);
  say("serves once, for a day, at /reset. Make sure that you give it to the person who has the name.");
});
