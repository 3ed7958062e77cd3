import { beforeEach, describe, expect, it } from "vitest";
import { countBy, Derived, rowsOf, sameCounts, sameList } from "../src/store/derived";
import { countServices } from "../src/store/fleet";
import { selectAgents, selectServices } from "../src/store/fleetLists";
import { headline, worstServices } from "../src/store/headline";
import { ALL_COMMANDS, selectCommands } from "../src/store/commands";
import { ViewStore } from "../src/store/viewStore";
import type { Row } from "../src/wire/frames";
import type { View } from "../src/wire/view";
import { agent, command, service } from "./support/rows";

let frames: (() => void)[];
let lingering: (() => void)[];
let follows: number;
let store: ViewStore;

const draw = (): void => frames.splice(0).forEach((work) => work());

beforeEach(() => {
  frames = [];
  lingering = [];
  follows = 0;
  store = new ViewStore(
    () => {
      follows += 1;
      return () => {
        follows -= 1;
      };
    },
    (work) => {
      lingering.push(work);
      return () => {
        lingering = lingering.filter((one) => one !== work);
      };
    },
    (work) => frames.push(work),
  );
});

function fill(...rows: Row[]): void {
  store.changed(store.view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows, done: true }));
}

function change(...rows: Row[]): void {
  const from = store.view.cursor?.revision ?? 0;
  const changed = store.view.delta({ type: "delta", id: "1", from, revision: from + 1, upsert: rows, remove: [] });
  if (changed === null) throw new Error(`the view is not at revision ${from}`);
  store.changed(changed);
}

describe("row subscriptions", () => {
  it("call only the listeners of rows that changed", () => {
    fill(service("a"), service("b"));
    draw();
    const called: string[] = [];
    store.listenRow("a", () => called.push("a"));
    store.listenRow("b", () => called.push("b"));
    change(service("b", { name: "B" }));
    draw();
    expect(called).toEqual(["b"]);
    expect(store.row("b")).toMatchObject({ name: "B" });
  });

  it("call once a frame, however often the row changed", () => {
    fill(service("a"));
    draw();
    let rows = 0;
    let any = 0;
    store.listenRow("a", () => (rows += 1));
    store.listen(() => (any += 1));
    for (let n = 0; n < 50; n += 1) change(service("a", { name: String(n) }));
    expect(frames).toHaveLength(1);
    draw();
    expect([rows, any]).toEqual([1, 1]);
  });

  it("end with their listener", () => {
    fill(service("a"));
    let called = 0;
    store.listenRow("a", () => (called += 1))();
    draw();
    expect(called).toBe(0);
  });

  it("survive a listener that subscribes again", () => {
    fill(service("a"));
    draw();
    const first = store.listenRow("a", () => undefined);
    first();
    let called = 0;
    store.listenRow("a", () => (called += 1));
    first();
    change(service("a", { name: "A" }));
    draw();
    expect(called).toBe(1);
  });
});

describe("following", () => {
  it("lasts as long as anybody retains the store, and a while longer", () => {
    const first = store.retain();
    const second = store.retain();
    expect(follows).toBe(1);
    first();
    second();
    expect(store.followed).toBe(true);
    lingering.splice(0).forEach((work) => work());
    expect(follows).toBe(0);
    expect(store.followed).toBe(false);
  });

  it("goes on when the page is opened again in time", () => {
    store.retain()();
    store.retain();
    expect(lingering).toHaveLength(0);
    expect(follows).toBe(1);
  });
});

describe("derived values", () => {
  it("keep their identity while they are the same", () => {
    fill(service("a"), service("b"));
    const ids = new Derived(store, selectServices({ text: "", groups: [] }), sameList);
    const before = ids.get();
    change(service("a", { healthMessage: "busy" }));
    expect(ids.get()).toBe(before);
    change(service("a", { status: "OFFLINE" }));
    expect(ids.get()).toEqual(["a", "b"]);
    change(service("b", { status: "UNHEALTHY", healthStatus: "DOWN" }));
    expect(ids.get()).toEqual(["b", "a"]);
  });

  it("are computed once a change", () => {
    fill(service("a"));
    let runs = 0;
    const count = new Derived(store, (view: View) => (runs += view.rows.size), Object.is);
    count.get();
    count.get();
    expect(runs).toBe(1);
  });

  it("compare counts by value", () => {
    expect(sameCounts({ a: 1 }, { a: 1 })).toBe(true);
    expect(sameCounts({ a: 1 }, { b: 1 })).toBe(false);
    expect(sameCounts({ a: 1 }, { a: 1, b: 1 })).toBe(false);
    expect(countBy([1, 2, 3], (n) => (n > 1 ? "many" : "one"))).toEqual({ one: 1, many: 2 });
  });
});

describe("the fleet", () => {
  beforeEach(() => {
    fill(
      service("fine"),
      service("down", { status: "UNHEALTHY", healthStatus: "DOWN" }),
      service("slow", { status: "UNHEALTHY", healthStatus: "DEGRADED" }),
      service("away", { status: "OFFLINE", connection: "none", labels: { team: "Web" } }),
      service("old", { status: "STALE", agentCode: "poller" }),
      service("blip", { connection: "reconnecting" }),
      agent("agent-b", { connection: "reconnecting", hostname: "node-7" }),
      agent("agent-a"),
      agent("agent-c", { status: "OFFLINE", connection: "none" }),
    );
  });

  const services = (text: string, ...groups: string[]): string[] => selectServices({ text, groups })(store.view);

  it("shows what is wrong first", () => {
    expect(services("")).toEqual(["down", "away", "old", "slow", "blip", "fine"]);
    expect(worstServices(store.view)).toEqual(["down", "away", "old"]);
  });

  it("finds services by name, agent and label, and by state", () => {
    expect(services("POLLER")).toEqual(["old"]);
    expect(services("team=web")).toEqual(["away"]);
    expect(services("", "DEGRADED", "STALE")).toEqual(["old", "slow"]);
    expect(services("fine", "OFFLINE")).toEqual([]);
  });

  it("counts services by what they count as", () => {
    expect(countServices(store.view)).toEqual({ HEALTHY: 1, RECONNECTING: 1, DOWN: 1, DEGRADED: 1, OFFLINE: 1, STALE: 1 });
  });

  it("sorts agents likewise", () => {
    expect(selectAgents({ text: "", groups: [] })(store.view)).toEqual(["agent-c", "agent-b", "agent-a"]);
    expect(selectAgents({ text: "node-7", groups: ["RECONNECTING"] })(store.view)).toEqual(["agent-b"]);
    expect(rowsOf(store.view, "agent")).toHaveLength(3);
  });
});

describe("the headline", () => {
  it("is well only while every service is healthy and every agent is there", () => {
    fill(service("a"), agent("x"));
    expect(headline(store.view)).toEqual({ kind: "well", services: 1, bad: 0, outdated: 0, reconnecting: 0 });
  });

  it("is not well while an agent reconnects, though its service last said it was", () => {
    fill(service("a"), service("b", { connection: "reconnecting" }), agent("x", { connection: "reconnecting" }));
    expect(headline(store.view)).toEqual({ kind: "outdated", services: 2, bad: 0, outdated: 1, reconnecting: 1 });
    expect(worstServices(store.view)).toEqual(["b"]);
  });

  it("is not well while an agent without services reconnects", () => {
    fill(service("a"), agent("x"), agent("y", { connection: "reconnecting" }));
    expect(headline(store.view).kind).toBe("reconnecting");
    expect(worstServices(store.view)).toEqual([]);
  });

  it("names what is bad before what may be out of date", () => {
    fill(service("a", { status: "OFFLINE", connection: "none" }), service("b", { connection: "reconnecting" }));
    expect(headline(store.view)).toMatchObject({ kind: "bad", bad: 1, outdated: 1 });
    expect(worstServices(store.view)).toEqual(["a", "b"]);
  });

  it("is about nothing in an empty fleet", () => {
    fill();
    expect(headline(store.view).kind).toBe("none");
  });
});

it("lists commands newest first and leaves form requests out", () => {
  const row = (id: string, more: object): Row => ({ ...command(id), kind: "command", ...more }) as Row;
  fill(
    row("c1", { createdAt: "2026-01-01T00:00:01.000Z" }),
    row("c2", { createdAt: "2026-01-01T00:00:03.000Z" }),
    row("c3", { createdAt: "2026-01-01T00:00:02.000Z", type: "ACTION_PREPARE" }),
  );
  expect(selectCommands(ALL_COMMANDS)(store.view)).toEqual(["c2", "c1"]);
  expect(selectCommands({ ...ALL_COMMANDS, text: "check", groups: ["RUNNING"], withPrepare: true })(store.view)).toEqual(["c2", "c3", "c1"]);
});
