import { beforeEach, describe, expect, it } from "vitest";
import { Stream } from "../src/store/stream";
import type { CommandRow, Row } from "../src/wire/frames";
import { View } from "../src/wire/view";
import { agent, command, service } from "./support/rows";

let view: View;
let stream: Stream;

beforeEach(() => {
  view = new View();
  stream = new Stream();
});

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function show(...rows: Row[]): void {
  const revision = (view.cursor?.revision ?? 0) + 1;
  stream.take(view, view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision, rows, done: true }));
}

function change(...rows: Row[]): void {
  const from = view.cursor?.revision ?? 0;
  const changed = view.delta({ type: "delta", id: "1", from, revision: from + 1, upsert: rows, remove: [] });
  stream.take(view, changed ?? []);
}

const job = (id: string, more: Partial<CommandRow> = {}): CommandRow => ({ ...command(id), kind: "command", ...more }) as CommandRow;
const told = (): string[] => stream.entries().map(({ name, state, others }) => `${name} ${state}${others > 0 ? ` +${others}` : ""}`);

describe("the stream", () => {
  it("begins with what is known of the past, the newest first", () => {
    show(
      service("a", { statusSince: at(0) }),
      service("b", { status: "OFFLINE", connection: "none", statusSince: at(100) }),
      service("c", { statusSince: at(50) }),
    );
    expect(told()).toEqual(["b OFFLINE", "c HEALTHY", "a HEALTHY"]);
  });

  it("tells of another state, and of nothing else", () => {
    show(service("a"));
    change(service("a", { healthMessage: "3 jobs", name: "A", statusReason: "HEALTH_OUTDATED" }));
    expect(told()).toEqual(["a HEALTHY"]);
    change(service("a", { status: "UNHEALTHY", healthStatus: "DOWN", healthMessage: "disk full", statusReason: "HEALTH_DOWN", statusSince: at(9) }));
    expect(stream.entries()[0]).toMatchObject({ state: "DOWN", word: "disk full", reason: null, at: Date.parse(at(9)) });
  });

  it("lets the agent say why, and since when, while its service cannot", () => {
    const lost = { connection: "reconnecting", statusReason: "CONNECTION_LOST", statusSince: at(20) };
    show(agent("agt_1"), service("a"));
    change(agent("agt_1", lost), service("a", { connection: "reconnecting" }));
    expect(stream.entries()[0]).toMatchObject({ state: "RECONNECTING", reason: "CONNECTION_LOST", at: Date.parse(at(20)) });
    change(agent("agt_1", { statusSince: at(30) }), service("a"));
    expect(stream.entries()[0]).toMatchObject({ state: "HEALTHY", reason: "CONNECTED", at: Date.parse(at(30)) });
    expect(told()).toEqual(["a HEALTHY", "a RECONNECTING", "a HEALTHY"]);
  });

  it("tells of agents only where no service does", () => {
    show(agent("with", { serviceCount: 2 }), agent("without", { serviceCount: 0 }));
    expect(told()).toEqual(["without ONLINE"]);
  });

  it("is silent when the same rows come again, and tells what changed meanwhile", () => {
    show(service("a"), service("b"));
    const before = stream.entries();
    show(service("a"), service("b"));
    expect(stream.entries()).toBe(before);
    show(service("a"), service("b", { status: "STALE", statusSince: at(40) }));
    expect(told()[0]).toBe("b STALE");
    expect(stream.entries()).toHaveLength(before.length + 1);
  });

  it("makes one entry of many that are alike at about the same time", () => {
    show(...Array.from({ length: 2000 }, (_, n) => service(`s${n}`, { statusSince: at(n / 1000) })));
    expect(told()).toEqual(["s1999 HEALTHY +1999"]);
    change(...Array.from({ length: 4 }, (_, n) => service(`s${n}`, { status: "STALE", statusSince: at(60) })));
    expect(told()).toHaveLength(5);
  });

  it("never grows beyond a hundred entries", () => {
    for (let n = 0; n < 150; n += 1) appear(n);
    expect(stream.entries()).toHaveLength(100);
    expect(told()[0]).toBe("s149 HEALTHY");
  });

  function appear(n: number): void {
    const row = service(`s${n}`, { statusSince: at(n * 60) });
    if (n === 0) show(row);
    else change(row);
  }

  it("tells of a command once, as it is now, and not of those that wait or ask for a form", () => {
    show(job("c1", { startedAt: at(1) }), job("c2", { status: "PENDING" }), job("c3", { type: "ACTION_PREPARE" }));
    expect(told()).toEqual(["Check RUNNING"]);
    change(job("c1", { startedAt: at(1), percent: 50 }));
    change(job("c1", { status: "FAILED", startedAt: at(1), completedAt: at(5) }));
    expect(told()).toEqual(["Check FAILED"]);
    expect(stream.entries()[0]).toMatchObject({ target: "Service", at: Date.parse(at(5)) });
  });
});
