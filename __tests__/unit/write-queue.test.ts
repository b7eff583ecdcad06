/** Group commit (DS-02): shared transactions, order, and failures that stay with their cause. */

import { WriteQueue } from "@/lib/server/delivery/write-queue";

/** A writer that can be held; answers ten times the job. */
function makeQueue(fails: (jobs: readonly number[]) => boolean = () => false) {
  const batches: (readonly number[])[] = [];
  let release: () => void = () => undefined;
  let gate = Promise.resolve();
  const queue = new WriteQueue<number, number>(async (jobs) => {
    batches.push(jobs);
    await gate;
    if (fails(jobs)) throw new Error("disk");
    return jobs.map((job) => job * 10);
  });
  const hold = () => {
    gate = new Promise((resolve) => {
      release = resolve;
    });
  };
  return {
    queue,
    batches,
    hold,
    release: () => {
      release();
    },
  };
}

const turn = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

test("what comes from several sockets in one turn of the event loop shares the first", async () => {
  const { queue, batches } = makeQueue();
  const first = queue.submit(1, 1);
  // Between the callbacks of two sockets, Node runs all that was promised.
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });
  await Promise.all([first, queue.submit(2, 1)]);
  expect(batches).toEqual([[1, 2]]);
});

test("what arrives while one transaction runs shares the next", async () => {
  const { queue, batches, hold, release } = makeQueue();
  hold();
  const first = queue.submit(1, 1);
  await turn();
  const others = [2, 3, 4].map((job) => queue.submit(job, 1));
  release();
  expect(await Promise.all([first, ...others])).toEqual([10, 20, 30, 40]);
  expect(batches).toEqual([[1], [2, 3, 4]]);
});

test("one bad job does not take the others with it", async () => {
  const { queue } = makeQueue((jobs) => jobs.includes(2));
  const answers = await Promise.allSettled([1, 2, 3].map((job) => queue.submit(job, 1)));
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("too much waiting is refused, and room comes back", async () => {
  const { queue, hold, release } = makeQueue();
  hold();
  const large = queue.submit(1, 60 * 1024 * 1024);
  await expect(queue.submit(2, 5 * 1024 * 1024)).rejects.toThrow("UNAVAILABLE");
  release();
  await large;
  await turn();
  expect(await queue.submit(3, 5 * 1024 * 1024)).toBe(30);
});

test("closing waits for what is under way and takes no more", async () => {
  const { queue } = makeQueue();
  const last = queue.submit(1, 1);
  const closed = queue.close();
  await expect(queue.submit(2, 1)).rejects.toThrow("UNAVAILABLE");
  await closed;
  expect(await last).toBe(10);
});
