import { describe, expect, it } from "vitest";
import { aimOf, readDraft, toggled, withDraft } from "../src/pages/runs/draft";
import { choices } from "../src/pages/runs/actions";
import { countRuns, failedServices, outcomes, selectRuns, selectTargets, settled, underWay, unreachedServices, verdictOf } from "../src/store/runs";
import type { Row, RunActionBody } from "../src/wire/frames";
import { View } from "../src/wire/view";
import { run, target } from "./support/rows";

function viewOf(...rows: Row[]): View {
  const view = new View();
  view.snapshot({ type: "snapshot", id: "1", epoch: "e", revision: 1, rows, done: true });
  return view;
}

const none = { text: "", groups: [] };

describe("a run in numbers", () => {
  const going = run("r", { total: 9, counts: { WAITING: 2, RUNNING: 1, PENDING: 1, SUCCEEDED: 2, FAILED: 1, SKIPPED: 1, CANCELLED: 1 } });

  it("counts as settled what nothing more will happen to", () => {
    expect(settled(going)).toBe(5);
    expect(underWay(going)).toBe(2);
  });

  it("tells what has ended first and leaves out what does not occur", () => {
    expect(outcomes({ WAITING: 4, FAILED: 1, RUNNING: 0, SUCCEEDED: 2 })).toEqual([
      { state: "SUCCEEDED", count: 2 },
      { state: "FAILED", count: 1 },
      { state: "WAITING", count: 4 },
    ]);
  });

  it.each([
    [{ status: "RUNNING", counts: { WAITING: 1 } }, null],
    [{ status: "RUNNING", stopReason: "OPERATOR", counts: { RUNNING: 1 } }, null],
    [{ status: "SUCCEEDED", counts: { SUCCEEDED: 3 } }, "all"],
    [{ status: "SUCCEEDED", counts: { SUCCEEDED: 3, SKIPPED: 1 } }, "ready"],
    [{ status: "FAILED", counts: { SUCCEEDED: 3, FAILED: 1 } }, "failed"],
    [{ status: "STOPPED", stopReason: "OPERATOR", counts: { SKIPPED: 3 } }, "operator"],
    [{ status: "STOPPED", stopReason: "FAILURES", counts: { FAILED: 3 } }, "limit"],
  ])("comes down to one verdict: %o", (parts, verdict) => {
    expect(verdictOf(run("r", parts))).toBe(verdict);
  });
});

describe("lists of runs and targets", () => {
  const runs = viewOf(
    run("old", { status: "FAILED", createdAt: "2026-01-01T00:00:00Z", actionLabel: "Recheck" }),
    run("new", { createdAt: "2026-01-02T00:00:00Z", selector: "env=prod" }),
  );

  it("show the newest first, and what is asked for", () => {
    expect(selectRuns(none)(runs)).toEqual(["new", "old"]);
    expect(selectRuns({ text: "recheck", groups: [] })(runs)).toEqual(["old"]);
    expect(selectRuns({ text: "ENV=prod", groups: ["RUNNING"] })(runs)).toEqual(["new"]);
    expect(countRuns(runs)).toEqual({ FAILED: 1, RUNNING: 1 });
  });

  const targets = viewOf(
    run("r"),
    target("d", { position: 3, serviceId: "svc_d", status: "SKIPPED", errorCode: "AGENT_OFFLINE" }),
    target("c", { position: 2, serviceId: "svc_c", status: "SKIPPED", errorCode: "RUN_STOPPED" }),
    target("b", { position: 1, serviceId: "svc_b", status: "EXPIRED", serviceName: "Mailbox" }),
    target("a", { position: 0, serviceId: "svc_a", status: "FAILED", errorMessage: "no such mailbox" }),
  );

  it("keep the order in which the targets are reached", () => {
    expect(selectTargets(none)(targets)).toEqual(["a", "b", "c", "d"]);
    expect(selectTargets({ text: "mailbox", groups: [] })(targets)).toEqual(["a", "b"]);
    expect(selectTargets({ text: "", groups: ["SKIPPED"] })(targets)).toEqual(["c", "d"]);
  });

  it("tell on which services to run again, and which were not reached", () => {
    expect(failedServices(targets)).toEqual(["svc_a", "svc_b"]);
    expect(unreachedServices(targets)).toEqual(["svc_c"]);
  });
});

describe("the draft in the address", () => {
  const address = (text: string): URLSearchParams => new URLSearchParams(text);

  it("is read with what is usual for the rest", () => {
    expect(readDraft(address("services=a,b,a&action=recheck"))).toEqual({
      by: "services",
      services: ["a", "b"],
      selector: "",
      action: "recheck",
      concurrency: 5,
      stopAfter: null,
    });
  });

  it("does not take numbers that are none", () => {
    expect(readDraft(address("concurrency=0&stopAfter=x"))).toMatchObject({ concurrency: 5, stopAfter: null });
    expect(readDraft(address("concurrency=900&stopAfter=3"))).toMatchObject({ concurrency: 50, stopAfter: 3 });
  });

  it("survives being written, and keeps what it does not know", () => {
    const before = address("services=a&theme=x");
    const after = withDraft(before, { by: "selector", selector: "env=prod, tier in (a,b)", concurrency: 9, stopAfter: 2, action: "check" });
    expect(after.get("theme")).toBe("x");
    expect(readDraft(after)).toEqual({ by: "selector", services: ["a"], selector: "env=prod, tier in (a,b)", action: "check", concurrency: 9, stopAfter: 2 });
    expect(withDraft(after, { by: "services", concurrency: 5, stopAfter: null, action: null }).toString()).toBe("services=a&theme=x");
  });

  it("aims at nothing while nothing is chosen", () => {
    expect(aimOf(readDraft(address("")))).toBeNull();
    expect(aimOf(readDraft(address("selector=%20")))).toBeNull();
    expect(aimOf(readDraft(address("selector=env")))).toEqual({ selector: "env" });
    expect(aimOf(readDraft(address("services=a")))).toEqual({ serviceIds: ["a"] });
  });

  it("adds a service, and takes it out again", () => {
    expect(toggled(["a"], "b")).toEqual(["a", "b"]);
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  });
});

describe("the actions to choose from", () => {
  const offered = (name: string, targets: number, category: string | null = null): RunActionBody => ({
    name,
    label: name,
    dangerLevel: "LOW",
    requiresConfirmation: false,
    category,
    targets,
  });

  it("begin with those that most targets have, without those of results", () => {
    const all = [offered("few", 1), offered("row", 3, "row-action"), offered("many", 3)];
    expect(choices(all, null).map(({ name }) => name)).toEqual(["many", "few"]);
    expect(choices(all, "row").map(({ name }) => name)).toEqual(["many", "row", "few"]);
  });
});
