import { describe, expect, it } from "vitest";
import { atFields, besideFields } from "../src/components/action/issues";
import { formChange, withoutBlanks, withoutRemoved, withoutSecrets } from "../src/components/action/payload";
import { find, ofStream, places, plainText, step, streamsOf } from "../src/store/outputText";
import { stepsOf } from "../src/store/steps";
import { OutputLog } from "../src/wire/output";
import { command } from "./support/rows";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
const brief = (row: ReturnType<typeof command>) => stepsOf(row).map(({ key, phase, delay }) => [key, phase, delay]);

describe("the way of a command", () => {
  it("waits for its agent", () => {
    const row = command("c", { status: "PENDING", createdAt: at(0) });
    expect(brief(row)).toEqual([["created", "current", null], ["sent", "next", null], ["started", "ahead", null], ["finished", "ahead", null]]);
    expect(stepsOf(row)[1]?.since).toBe(at(0));
  });

  it("tells progress while it runs", () => {
    const row = command("c", { createdAt: at(0), sentAt: at(1), startedAt: at(3), percent: 40, updatedAt: at(7) });
    expect(brief(row)).toEqual([["created", "done", null], ["sent", "done", 1000], ["started", "done", 2000], ["progress", "current", 4000], ["finished", "next", null]]);
  });

  it("shows the wish to cancel where it came", () => {
    const row = command("c", { status: "CANCELLED", createdAt: at(0), cancelRequestedAt: at(2), sentAt: at(3), completedAt: at(5) });
    expect(brief(row)).toEqual([["created", "done", null], ["cancelling", "done", 2000], ["sent", "done", 1000], ["finished", "done", 2000]]);
  });
});

describe("output", () => {
  const log = new OutputLog();
  log.append(0, [{ stream: "stdout", text: "a.b A.B" }, { stream: "log", text: "axb" }]);
  log.append(5, [{ stream: "stdout", text: "end a.b" }]);

  it("is searched literally, whatever the case", () => {
    expect(find(log.entries, "a.b")).toEqual([{ row: 0, from: 0 }, { row: 0, from: 4 }, { row: 3, from: 4 }]);
    expect(find(log.entries, "")).toEqual([]);
    expect(places("((", "(")).toEqual([0, 1]);
  });

  it("is gone through in a circle", () => {
    expect([step(2, 1, 3), step(0, -1, 3), step(0, 1, 0)]).toEqual([0, 2, 0]);
  });

  it("is cut down to a stream, and tells what is missing", () => {
    expect(streamsOf(log.entries)).toEqual(["stdout", "log"]);
    expect(plainText(ofStream(log.entries, "log"))).toBe("axb\n… 3 …");
    expect(ofStream(log.entries, null)).toBe(log.entries);
  });
});

describe("complaints of the server", () => {
  const schema = {
    properties: { pieces: { type: "integer" }, to: { $ref: "#/$defs/to" }, all: { type: "array", items: { properties: { id: {} } } } },
    $defs: { to: { properties: { mail: { type: "string" } } } },
  };
  const issue = (path: string) => ({ path, message: `about ${path}` });

  it("stand at their fields, at any depth", () => {
    expect(atFields([issue("pieces"), issue("to.mail"), issue("all.0.id")], schema)).toEqual({
      pieces: { __errors: ["about pieces"] },
      to: { mail: { __errors: ["about to.mail"] } },
      all: { 0: { id: { __errors: ["about all.0.id"] } } },
    });
  });

  it("stand beside the form when they are about no field", () => {
    expect(besideFields([issue("pieces"), issue("size"), issue("")], schema)).toEqual([issue("size"), issue("")]);
  });
});

describe("the payload of a form", () => {
  it("does not begin with blanks that would be refused", () => {
    const schema = { required: ["name"], properties: { name: { type: "string", minLength: 1 }, mode: { enum: ["a"] }, note: { type: "string" }, size: { type: "integer" } } };
    expect(withoutBlanks({ name: "", mode: "", note: "", size: null }, schema)).toEqual({ name: "", note: "" });
  });

  it("leaves dropped secrets to be typed again", () => {
    expect(withoutSecrets({ user: "ada", pin: "[REDACTED]", deep: { key: "[REDACTED]", all: [1] } })).toEqual({ user: "ada", deep: { all: [1] } });
  });

  it("loses what the form asks for no longer", () => {
    const before = { properties: { a: { type: "string", title: "First" }, b: {}, c: { enum: [1] } } };
    const after = { properties: { a: { title: "First", type: "string" }, c: { enum: [1, 2] }, d: { title: "Fourth" } } };
    expect(formChange(before, after)).toEqual({ added: ["Fourth"], removed: ["b"], changed: ["c"] });
    expect(formChange(before, before)).toBeNull();
    expect(withoutRemoved({ a: 1, b: 2, other: 3 }, before, after)).toEqual({ a: 1, other: 3 });
  });
});
