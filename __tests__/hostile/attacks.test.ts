/**
 * Every attack of the project's list has a test that names it and that `npm test` runs; what is played in a browser comes on
 * top. The list itself lies beside the repository, where there is one.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const list = path.resolve("../shared/ATTACKS.md");

/** Attacks on what Sealroom does not have. */
const withoutObject: Readonly<Record<string, string>> = {
  S28: "there are no attachments",
  M11: "there are no files",
};

const files = (readdirSync("__tests__", { recursive: true }) as string[]).filter((file) => /\.test\.tsx?$/.test(file));
/** What stands in quotes and is followed by a test's body. */
const titles = files.flatMap((file) => {
  const source = readFileSync(path.join("__tests__", file), "utf8");
  return [...source.matchAll(/["`]([^"`\n]+)["`],\s*(?:async )?\(/g)].map(([, title]) => title ?? "");
});

const named = (id: string) => titles.some((title) => new RegExp(String.raw`\b${id}\b`).test(title));

if (existsSync(list)) {
  const ids = [...readFileSync(list, "utf8").matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id ?? "");

  test("the list is there", () => {
    expect(ids.length).toBeGreaterThan(50);
  });

  test.each(ids.filter((id) => withoutObject[id] === undefined))("%s is played by a test that names it", (id) => {
    expect(named(id)).toBe(true);
  });

  test("what is left out is left out for a reason that still holds", () => {
    expect(Object.keys(withoutObject).filter((id) => named(id))).toEqual([]);
  });
} else {
  test.skip("the list of attacks is not beside this repository", () => undefined);
}

test("an attack that nobody plays is missed", () => {
  expect(named("S99")).toBe(false);
  expect(named("S6")).toBe(true);
});
