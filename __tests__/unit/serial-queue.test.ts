import { SerialQueue } from "@/lib/client/engine/queue";

const later = () => new Promise<void>((resolve) => setImmediate(resolve));

test("ENG-02 turns run one after the other, in order, and one that fails stops none behind it", async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const turn = (name: string, fails = false) =>
    queue.run(async () => {
      log.push(`${name} begins`);
      await later();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const outcomes = await Promise.allSettled([turn("first"), turn("second", true), turn("third")]);
  expect(log).toEqual(["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
