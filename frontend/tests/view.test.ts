import { describe, expect, it } from "vitest";
import { OutputLog } from "../src/wire/output";
import { View } from "../src/wire/view";
import { command, service } from "./support/rows";

const line = (text: string) => ({ stream: "stdout" as const, text });

function texts(log: OutputLog): string[] {
  return log.entries.map((entry) => ("line" in entry ? entry.line.text : `-${entry.dropped}`));
}

describe("a view", () => {
  it("joins the pages of one snapshot and starts over with another", () => {
    const view = new View();
    view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 4, rows: [service("old")], done: false });
    view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 5, rows: [service("a")], done: false });
    view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 5, rows: [service("b")], done: true });
    expect([...view.rows.keys()]).toEqual(["a", "b"]);
  });

  it("names only what a delta changed", () => {
    const view = new View();
    view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows: [service("a"), service("b")], done: true });
    const kept = view.rows.get("b");
    const changed = view.delta({ type: "delta", id: "1", from: 1, revision: 3, upsert: [service("c")], remove: ["a", "never"] });
    expect([...(changed ?? [])].sort()).toEqual(["a", "c"]);
    expect(view.rows.get("b")).toBe(kept);
  });

  it("refuses a delta before the first snapshot", () => {
    expect(new View().delta({ type: "delta", id: "1", from: 0, revision: 1, upsert: [], remove: [] })).toBeNull();
  });

  it("forgets the output of an older attempt", () => {
    const view = new View();
    view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows: [command("c")], done: true });
    view.append({ type: "output", id: "1", offset: 0, lines: [line("same"), line("more")] });
    view.delta({ type: "delta", id: "1", from: 1, revision: 2, upsert: [command("c", { percent: 5 })], remove: [] });
    expect(texts(view.output)).toEqual(["same", "more"]);
    view.delta({ type: "delta", id: "1", from: 2, revision: 3, upsert: [command("c", { attempt: 2 })], remove: [] });
    view.append({ type: "output", id: "1", offset: 0, lines: [line("same")] });
    expect(texts(view.output)).toEqual(["same"]);
  });
});

describe("an output log", () => {
  it("keeps lines in order and ignores those it has", () => {
    const log = new OutputLog();
    log.append(0, [line("a"), line("b")]);
    const { version } = log;
    log.append(0, [line("a"), line("b")]);
    expect(log.version).toBe(version);
    log.append(1, [line("b"), line("c")]);
    expect(texts(log)).toEqual(["a", "b", "c"]);
  });

  it("says how many lines are missing", () => {
    const log = new OutputLog();
    log.append(0, [line("a")]);
    log.append(11, [line("l")]);
    expect(texts(log)).toEqual(["a", "-10", "l"]);
    expect(log.total).toBe(12);
  });

  it("begins anew when different lines come for the same place", () => {
    const log = new OutputLog();
    log.append(0, [line("a"), line("b"), line("c")]);
    log.append(0, [line("x")]);
    expect(texts(log)).toEqual(["x"]);
  });

  it("fills a gap when its lines come after all", () => {
    const log = new OutputLog();
    log.append(2, [line("c")]);
    log.append(0, [line("a"), line("b"), line("c")]);
    expect(texts(log)).toEqual(["a", "b", "c"]);
  });
});
