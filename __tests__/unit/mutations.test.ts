/**
 * That a test of an attack fails when its defence is switched off is shown by a switch in the test itself ("defended: %s"), or
 * by `npm run mutations`, which changes the sources and takes minutes. Here only its list is looked at, so that it cannot rot.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { mutations, notMutated } from "../mutations.json";

/** The list of attacks, where it lies beside the repository. */
const attackList = path.resolve("../shared/ATTACKS.md");

const countOf = (text: string, part: string) => text.split(part).length - 1;
const names = (text: string, id: string) => new RegExp(String.raw`\b${id}\b`).test(text);

/** Of tests and of the groups they are in: what stands in quotes and is followed by a body. */
function titlesIn(source: string): string[] {
  return [...source.matchAll(/["`]([^"`\n]+)["`],\s*(?:async )?\(/g)].map(([, title]) => title ?? "");
}

/** Titles of tests that run a second time without their defence, and must then see the attack succeed. */
function switchedIn(source: string): string[] {
  const [, ...groups] = source.split('describe.each([true, false])("defended: %s"');
  return [
    ...groups.flatMap((group) => titlesIn(group.split("\n});")[0] ?? "")),
    ...titlesIn(source).filter((title) => title.endsWith("(defended: %s)")),
  ];
}

const switched = readdirSync("__tests__/hostile")
  .map((file) => readFileSync(path.join("__tests__/hostile", file), "utf8"))
  .flatMap(switchedIn);

describe.each(mutations.map((entry) => ({ ...entry, title: `${entry.attacks.join(" ")}: ${entry.off}` })))(
  "$title",
  ({ changes, test: { file, name } }) => {
    test("what is to be changed stands there once, and becomes something else", () => {
      for (const { file: changed, find, replace } of changes) {
        expect([changed, find, countOf(readFileSync(changed, "utf8"), find)]).toEqual([changed, find, 1]);
        expect(replace).not.toBe(find);
      }
    });

    test("the test that must fail is there", () => {
      expect(titlesIn(readFileSync(file, "utf8")).some((title) => title.includes(name))).toBe(true);
    });
  },
);

test("no two entries switch off the same for the same test", () => {
  const keys = mutations.map(({ changes, test: { name } }) => JSON.stringify([changes, name]));
  expect(new Set(keys).size).toBe(keys.length);
});

test("a switch is seen where there is one", () => {
  expect(switched.some((title) => names(title, "S6"))).toBe(true);
  expect(switched.some((title) => names(title, "S10"))).toBe(false);
  expect(switchedIn('test("played once", async () => {\n});')).toEqual([]);
});

/** What is on no list of attacks is named by the rule that it breaks. */
const isRule = (id: string) => /^[A-Z]+-\d+$/.test(id);

test("each rule that is broken is one of the protocol", () => {
  const spec = readFileSync("lib/protocol/SPEC.md", "utf8");
  const rules = mutations.flatMap(({ attacks }) => attacks).filter(isRule);
  expect(rules).not.toEqual([]);
  expect(rules.filter((id) => !spec.includes(`- **${id}** `))).toEqual([]);
});

if (existsSync(attackList)) {
  const ids = [...readFileSync(attackList, "utf8").matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id ?? "");
  const isSwitchedOff = (id: string) =>
    mutations.some(({ attacks }) => attacks.includes(id)) || switched.some((title) => names(title, id));

  test.each(ids)("the defence against %s is switched off somewhere, or there is a reason why not", (id) => {
    expect(isSwitchedOff(id) || Object.hasOwn(notMutated, id)).toBe(true);
  });

  test("each reason is still needed, and each entry is about an attack of the list", () => {
    expect(Object.keys(notMutated).filter((id) => isSwitchedOff(id) || !ids.includes(id))).toEqual([]);
    expect(mutations.flatMap(({ attacks }) => attacks).filter((id) => !isRule(id) && !ids.includes(id))).toEqual([]);
  });
} else {
  test.skip("the list of attacks is not beside this repository", () => undefined);
}
