import { describe, expect, it } from "vitest";
import { byLabel, labelKeys, MapPlanner, selectorOf, type Grouping, type MapGroup } from "../src/store/fleetMap";
import type { Row } from "../src/wire/frames";
import { View } from "../src/wire/view";
import { agent, service } from "./support/rows";

function viewOf(...rows: Row[]): View {
  const view = new View();
  view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows, done: true });
  return view;
}

const OFFLINE = { status: "OFFLINE", connection: "none" };
const planMap = (view: View, grouping: Grouping): MapGroup[] => new MapPlanner(grouping).plan(view);
const summary = (view: View, grouping: string) => planMap(view, grouping).map(({ name, ids, trouble }) => [name, ids.join(" "), trouble]);

describe("the map", () => {
  const view = viewOf(
    agent("agt_1"),
    service("b", { labels: { env: "prod" } }),
    service("A", { labels: { env: "prod", team: "web" } }),
    service("c", { labels: { env: "test" }, ...OFFLINE, agentId: "agt_2", agentName: "Second" }),
    service("d", { connection: "reconnecting" }),
  );

  it("groups by state, the worst first, each in the order of names", () => {
    expect(summary(view, "state")).toEqual([
      ["OFFLINE", "c", 1],
      ["RECONNECTING", "d", 0],
      ["HEALTHY", "A b", 0],
    ]);
  });

  it("groups by a label, trouble first and those without it last", () => {
    expect(summary(view, byLabel("env"))).toEqual([
      ["test", "c", 1],
      ["prod", "A b", 0],
      [null, "d", 0],
    ]);
    expect(labelKeys(view)).toEqual(["env", "team"]);
  });

  it("groups by agent under its name", () => {
    expect(summary(view, "agent")).toEqual([
      ["Second", "c", 1],
      ["agent", "A b d", 0],
    ]);
  });

  it("puts what has no group of its own together, and keeps trouble out of it", () => {
    const many = Array.from({ length: 100 }, (_, n) => service(`s${n}`, { agentId: `agt_${n}`, ...(n === 99 ? OFFLINE : {}) }));
    const groups = planMap(viewOf(...many), "agent");
    expect(groups).toHaveLength(61);
    expect(groups[0]).toMatchObject({ ids: ["s99"], trouble: 1 });
    expect(groups.at(-1)).toMatchObject({ rest: true, trouble: 0 });
    expect(groups.at(-1)?.ids).toHaveLength(40);
  });

  it("writes labels as selectors", () => {
    expect(selectorOf("env", "prod")).toBe("env=prod");
    expect(selectorOf("owner", 'Team "A"')).toBe('owner="Team \\"A\\""');
    expect(selectorOf("env", null)).toBe("!env");
  });
});
