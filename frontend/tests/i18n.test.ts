import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import i18next from "i18next";
import { describe, expect, it } from "vitest";
import en from "../src/i18n/en";
import zh from "../src/i18n/zh-CN";

const SOURCE = join(import.meta.dirname, "../src");
const CONCEPTS = join(import.meta.dirname, "../../docs/concepts.md");
const STATUS = join(import.meta.dirname, "../../app/opstage/core/status.py");

function flat(texts: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof value === "string") found.set(path, value);
    else for (const [inner, text] of flat(value as object, path)) found.set(inner, text);
  }
  return found;
}

const english = flat(en);
const chinese = flat(zh);

const places = (text: string): string[] => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name ?? "").sort();

/** Texts looked up in the source by a whole key, with the plural forms that i18next adds. */
function usedKeys(): Set<string> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
  const text = files.map((file) => readFileSync(join(SOURCE, file), "utf8")).join("\n");
  return new Set([...text.matchAll(/["'`]([a-zA-Z]+\.[a-zA-Z0-9]+)["'`]/g)].map(([, key]) => key ?? ""));
}

describe("the texts", () => {
  it("exist in both languages", () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("are never empty", () => {
    const empty = [...english, ...chinese].filter(([, text]) => text.trim() === "");
    expect(empty).toEqual([]);
  });

  it("fill in the same values", () => {
    const different = [...english].filter(([key, text]) => {
      const required = places(text).filter((place) => place !== "count");
      return required.some((place) => !places(chinese.get(key) ?? "").includes(place));
    });
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it("are translated, but for names", () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text && key !== "app.name");
    expect(same).toEqual([]);
  });

  it("name every reason the server gives", () => {
    const python = readFileSync(STATUS, "utf8");
    const body = /class Reason\(StrEnum\):([\s\S]*?)\n(?:class|def) /.exec(python)?.[1] ?? "";
    const reasons = [...body.matchAll(/^ {4}([A-Z_]+) = "/gm)].map(([, reason]) => reason ?? "");
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => !Object.hasOwn(en.reason, reason))).toEqual([]);
  });

  it("name everything that is audited", () => {
    const documented = readFileSync(CONCEPTS, "utf8").matchAll(/^\| `([a-zA-Z_]+(?:\.[a-z_]+)+)` \| (?:USER|AGENT|SYSTEM)/gm);
    const actions = [...documented].map(([, action]) => action ?? "");
    expect(actions.length).toBeGreaterThan(50);
    expect(actions.filter((action) => !Object.hasOwn(en.audit.name, action))).toEqual([]);
    const families = Object.keys(en.audit.name).map((action) => action.split(".")[0] ?? "");
    expect(families.filter((family) => !Object.hasOwn(en.audit.family, family))).toEqual([]);
  });

  it("are found under names with dots in them", async () => {
    const texts = i18next.createInstance();
    await texts.init({ lng: "en", resources: { en: { translation: en } } });
    expect(texts.t("audit.name.bus.route.created" as "audit.any")).toBe("Bus route created");
  });

  it("are all used", () => {
    const tables = /^(state|reason|connection|category|danger|dangerText|validation|error|configSource|configType|role|closed|link|audit\.(name|family|target|actor|finding)|tokens\.refusedReason|users\.may|watch\.permission)\./;
    const used = usedKeys();
    const unused = [...english.keys()].filter((key) => !tables.test(key) && !used.has(key.replace(/_(one|other)$/, "")));
    expect(unused).toEqual([]);
  });
});
