import { describe, expect, it } from "vitest";
import { draftsOf, inForce, labelsOf, problemsOf, sameLabels } from "../src/components/labels/labels";
import { newestCommands, selectServicesOf } from "../src/store/agentPage";
import { stretches, type Report } from "../src/store/health";
import { newestAbout } from "../src/store/trail";
import type { Row } from "../src/wire/frames";
import { View } from "../src/wire/view";
import { command, service } from "./support/rows";

const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;

function report(second: number, status: string, message: string | null = null): Report {
  return { id: `hr_${second}`, status, message, reportedAt: at(second) };
}

function viewOf(...rows: Row[]): View {
  const view = new View();
  for (const row of rows) view.rows.set(row.id, row);
  return view;
}

describe("the history of a health", () => {
  it("has nothing to tell before anything was said", () => {
    expect(stretches([], null)).toEqual([]);
  });

  it("puts equal reports together, the newest stretch first, with the last word of each", () => {
    const history = [report(9, "UP"), report(6, "DOWN", "worse"), report(5, "DOWN", "bad"), report(1, "UP", "fine")];
    expect(stretches(history, null)).toEqual([
      { status: "UP", message: null, from: at(9), until: null },
      { status: "DOWN", message: "worse", from: at(5), until: at(9) },
      { status: "UP", message: "fine", from: at(1), until: at(5) },
    ]);
  });

  it("counts what is said now, before it is stored and when it has said more since", () => {
    const stored = report(7, "DOWN", "bad");
    const wanted = [
      { status: "DOWN", message: "worse", from: at(7), until: null },
      { status: "UP", message: null, from: at(1), until: at(7) },
    ];
    expect(stretches([report(1, "UP")], report(7, "DOWN", "worse"))).toEqual(wanted);
    expect(stretches([stored, report(1, "UP")], { ...stored, message: "worse", reportedAt: at(9) })).toEqual(wanted);
  });
});

describe("labels", () => {
  it("tell where each comes from", () => {
    const thing = { labels: { env: "prod", tier: "db", zone: "b" }, operatorLabels: { env: "prod" } };
    expect(inForce(thing, { env: "prod", tier: "web", zone: "b" })).toEqual([
      { key: "env", value: "prod", source: "operator" },
      { key: "tier", value: "db", source: "own" },
      { key: "zone", value: "b", source: "agent" },
    ]);
  });

  it("come back from their drafts, without what is no label yet", () => {
    const labels = { env: "prod", note: "" };
    expect(labelsOf([...draftsOf(labels), { id: 9, key: " ", value: "" }])).toEqual(labels);
  });

  it("need a key, and each only once", () => {
    const drafts = [
      { id: 1, key: "env", value: "a" },
      { id: 2, key: " env ", value: "b" },
      { id: 3, key: "", value: "lost" },
      { id: 4, key: "", value: "" },
    ];
    expect([...problemsOf(drafts)]).toEqual([
      [2, "keyTwice"],
      [3, "keyMissing"],
    ]);
  });

  it("are compared by what they say", () => {
    expect(sameLabels({ a: "1", b: "2" }, { b: "2", a: "1" })).toBe(true);
    expect(sameLabels({ a: "1" }, { a: "2" })).toBe(false);
    expect(sameLabels({ a: "1" }, { a: "1", b: "2" })).toBe(false);
  });
});

describe("the page of an agent", () => {
  it("lists its own services, the worst first", () => {
    const bad = service("bad", { status: "UNHEALTHY", healthStatus: "DOWN" });
    const view = viewOf(service("b"), service("a"), bad, service("other", { agentId: "agt_2" }));
    expect(selectServicesOf("agt_1")(view)).toEqual(["bad", "a", "b"]);
  });

  it("prefers live commands to fetched ones", () => {
    const { kind: _, ...facts } = command("new", { createdAt: at(2) });
    const live = { ...facts, kind: "command" as const, status: "SUCCEEDED" };
    const fetched = [
      { ...live, status: "RUNNING" },
      { ...live, id: "old", createdAt: at(1) },
    ];
    expect(newestCommands([live], fetched).map(({ id, status }) => [id, status])).toEqual([
      ["new", "SUCCEEDED"],
      ["old", "SUCCEEDED"],
    ]);
  });
});

describe("the trail of a thing", () => {
  it("is as new as the last event about it", () => {
    const event = { kind: "audit", targetId: "svc_1" } as Extract<Row, { kind: "audit" }>;
    const view = viewOf({ ...event, id: "aud_1" }, { ...event, id: "aud_2" }, { ...event, id: "aud_3", targetId: "svc_2" });
    expect(newestAbout("svc_1")(view)).toBe("aud_2");
    expect(newestAbout("svc_9")(view)).toBe("");
  });
});
