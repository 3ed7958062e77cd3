import { describe, expect, it } from "vitest";
import { widths } from "../src/components/grid/tracks";
import { runAddress } from "../src/components/list/runAddress";
import { readViews, removed, renamed, saved, viewQuery, writeViews } from "../src/components/list/savedViews";
import { rowsOf } from "../src/store/derived";
import { selectAgents, selectServices } from "../src/store/fleetLists";
import { compareValues, natural, Ordered, readSort, writeSort } from "../src/store/ordering";
import { Selection } from "../src/store/selection";
import type { Row } from "../src/wire/frames";
import { View } from "../src/wire/view";
import { agent, service } from "./support/rows";

const ALL = { text: "", groups: [] };
const STATE = { key: "state", descending: false };

function viewOf(...rows: Row[]): View {
  const view = new View();
  view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows, done: true });
  return view;
}

function change(view: View, upsert: Row[], remove: string[] = []): void {
  const from = view.cursor?.revision ?? 0;
  view.delta({ type: "delta", id: "1", from, revision: from + 1, upsert, remove });
}

describe("an order", () => {
  it("is read from an address and written to it", () => {
    expect(readSort("-name", STATE)).toEqual({ key: "name", descending: true });
    expect(readSort("name", STATE)).toEqual({ key: "name", descending: false });
    expect([readSort("", STATE), readSort("-", STATE)]).toEqual([STATE, STATE]);
    expect(writeSort(readSort("-name", STATE))).toBe("-name");
  });

  it("puts what has no value last, both ways", () => {
    expect([null, 2, 1].sort((a, b) => compareValues(a, b, false))).toEqual([1, 2, null]);
    expect([null, 1, 2].sort((a, b) => compareValues(a, b, true))).toEqual([2, 1, null]);
  });

  it("counts as people do", () => {
    expect(["w-10", "W-9", "1.10.0", "1.9.2"].sort((a, b) => compareValues(natural(a), natural(b), false))).toEqual(["1.9.2", "1.10.0", "W-9", "w-10"]);
  });

  it("sorts only what is new", () => {
    let compared = 0;
    const items = Array.from({ length: 1000 }, (_, n) => ({ n: (n * 7919) % 1000, turn: 0 }));
    const ordered = new Ordered<{ n: number; turn: number }>((a, b) => {
      compared += 1;
      return a.n - b.n;
    });
    ordered.update(items);
    compared = 0;
    const after = ordered.update([...items.slice(1), { n: 500.5, turn: 0 }]);
    expect(after.map(({ n }) => n)).toEqual([...items.slice(1).map(({ n }) => n), 500.5].sort((a, b) => a - b));
    expect(compared).toBeLessThan(1100);
  });
});

describe("a list of services", () => {
  it("has the worst first, and equals by name", () => {
    const view = viewOf(service("b"), service("bad", { status: "UNHEALTHY", healthStatus: "DOWN" }), service("a"), service("off", { status: "OFFLINE" }));
    expect(selectServices(ALL)(view)).toEqual(["bad", "off", "a", "b"]);
  });

  it("sorts by any column, both ways, and equals by name either way", () => {
    const view = viewOf(service("x", { version: "1.9.0" }), service("z", { version: "1.10.0" }), service("y", { version: "1.10.0" }), service("none"));
    expect(selectServices(ALL, { key: "version", descending: false })(view)).toEqual(["x", "y", "z", "none"]);
    expect(selectServices(ALL, { key: "version", descending: true })(view)).toEqual(["y", "z", "x", "none"]);
    expect(selectServices(ALL, { key: "name", descending: true })(view)).toEqual(["z", "y", "x", "none"]);
  });

  it("takes a column that there is not for the usual order", () => {
    const view = viewOf(service("a"), service("bad", { status: "OFFLINE" }));
    expect(selectServices(ALL, { key: "toString", descending: false })(view)).toEqual(["bad", "a"]);
  });

  it("is after any changes what it would be anew", () => {
    const states = ["HEALTHY", "OFFLINE", "STALE", "UNHEALTHY"];
    const made = (n: number, turn: number): Row => service(`s${n % 300}`, { name: `n${(n * 31 + turn) % 50}`, status: states[(n + turn) % 4] });
    const view = viewOf(...Array.from({ length: 300 }, (_, n) => made(n, 0)));
    const kept = selectServices({ text: "n", groups: ["OFFLINE", "DOWN"] });
    for (let turn = 1; turn < 30; turn += 1) {
      change(view, Array.from({ length: 40 }, (_, n) => made(n * turn, turn)), [`s${turn}`]);
      expect(kept(view)).toEqual(selectServices({ text: "n", groups: ["OFFLINE", "DOWN"] })(view));
    }
    expect(rowsOf(view, "service").length).toBeGreaterThan(200);
  });
});

describe("a list of agents", () => {
  it("sorts by what only agents have", () => {
    const view = viewOf(agent("a", { serviceCount: 1 }), agent("b", { serviceCount: 12 }), agent("c", { serviceCount: 3 }));
    expect(selectAgents(ALL, { key: "services", descending: true })(view)).toEqual(["b", "c", "a"]);
  });
});

describe("a selection", () => {
  const list = ["a", "b", "c", "d", "e"];

  it("turns single rows over", () => {
    const selection = new Selection();
    selection.toggle("b", list, false);
    selection.toggle("d", list, false);
    selection.toggle("b", list, false);
    expect([...selection.ids()]).toEqual(["d"]);
  });

  it("takes a range from the row before, in either direction, to what the last one becomes", () => {
    const selection = new Selection();
    selection.toggle("d", list, false);
    selection.toggle("b", list, true);
    expect([...selection.ids()].sort()).toEqual(["b", "c", "d"]);
    selection.toggle("c", list, true);
    expect([...selection.ids()]).toEqual(["d"]);
  });

  it("takes one row when the row before is not in the list any more", () => {
    const selection = new Selection();
    selection.toggle("x", ["x", ...list], false);
    selection.toggle("c", list, true);
    expect([...selection.ids()]).toEqual(["x", "c"]);
  });

  it("takes all that match and lets them go, and keeps the others", () => {
    const selection = new Selection();
    selection.toggle("x", ["x"], false);
    selection.set(list, true);
    expect(selection.ids().size).toBe(6);
    selection.set(list, false);
    expect([...selection.ids()]).toEqual(["x"]);
    selection.clear();
    expect(selection.ids().size).toBe(0);
  });

  it("tells when it changed", () => {
    const selection = new Selection();
    let told = 0;
    const end = selection.listen(() => (told += 1));
    selection.toggle("a", list, false);
    end();
    selection.clear();
    expect(told).toBe(1);
  });
});

describe("a run on what is chosen", () => {
  it("goes by the selector when that is what was chosen", () => {
    expect(runAddress(["a", "b"], ["a", "b"], "env=prod,tier!=db")).toBe("/runs/new?selector=env%3Dprod%2Ctier%21%3Ddb");
  });

  it("goes by the services otherwise", () => {
    expect(runAddress(["a"], ["a", "b"], "env=prod")).toBe("/runs/new?services=a");
    expect(runAddress(["a", "b"], ["a", "b"], "")).toBe("/runs/new?services=a,b");
  });

  it("is not offered for more than a run takes", () => {
    const many = Array.from({ length: 1001 }, (_, n) => String(n));
    expect(runAddress(many, many, "env=prod")).toBeNull();
  });
});

describe("saved views", () => {
  const first = { name: "Down in production", query: "state=DOWN&selector=env%3Dprod" };

  it("keep what makes a list and nothing else", () => {
    const params = new URLSearchParams("preview=svc_1&sort=-name&q=pool&state=&cols=name");
    expect(viewQuery(params)).toBe("q=pool&sort=-name&cols=name");
  });

  it("come back from the browser as they were", () => {
    expect(readViews(writeViews([first]))).toEqual([first]);
    expect(writeViews([])).toBeNull();
  });

  it("leave out what was damaged", () => {
    expect(readViews(JSON.stringify([first, { name: "no query" }, 7, null]))).toEqual([first]);
    expect([readViews("{"), readViews("{}"), readViews(null)]).toEqual([[], [], []]);
  });

  it("are replaced, named anew and removed by name", () => {
    const second = { name: "All", query: "cols=name" };
    const views = saved(saved([], first), second);
    expect(saved(views, { name: first.name, query: "q=x" })).toEqual([{ name: first.name, query: "q=x" }, second]);
    expect(renamed(views, "All", "Everything")).toEqual([first, { ...second, name: "Everything" }]);
    expect(renamed(views, "All", first.name)).toEqual([{ ...second, name: first.name }]);
    expect(renamed(views, "All", "All")).toEqual(views);
    expect(removed(views, "All")).toEqual([first]);
  });
});

describe("the width of a grid", () => {
  it("counts fixed tracks as they are and fractions by their share", () => {
    expect(widths(["24px", "minmax(0, 2fr)", "minmax(150px, 1fr)"])).toEqual({ least: 24 + 80 + 150 + 20 + 28, comfortable: 24 + 180 + 150 + 32 + 36 });
  });
});
