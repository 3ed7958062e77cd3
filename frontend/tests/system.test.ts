import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fileOf } from "../src/api/file";
import type { Maintenance, MaintenanceState } from "../src/api/maintenance";
import { Paced } from "../src/api/refetch";
import type { RegistrationToken } from "../src/api/types";
import { linesOf, mappingOf, problemOf, type Line } from "../src/pages/bus/mapping";
import { formatSpan } from "../src/pages/diagnostics/uptime";
import { changeOf, isSaved, shown, typedSince } from "../src/pages/settings/fields";
import { joining } from "../src/pages/tokens/joining";
import { labelsOf } from "../src/pages/tokens/labels";
import { codeProblem, composeSnippet, dockerSnippet, imageSnippet, pythonSnippet, sidecarSnippet, suggestedCode } from "../src/pages/tokens/snippet";
import { agent } from "./support/rows";

const JOINER = { url: "https://ops.example", token: "opstage_reg_abc", code: "mail-hello", mode: null };

describe("a snippet", () => {
  it("has the address, the token, and an identity of its own", () => {
    for (const code of [pythonSnippet(JOINER), sidecarSnippet(JOINER)]) {
      expect(code).toContain('"mail-hello"');
      expect(code).toContain('url="https://ops.example"');
      expect(code).toContain('registration_token="opstage_reg_abc"');
      expect(code).toContain('token_file="data/mail-hello.json"');
    }
  });

  it("makes a service whose health is known, so that the fleet stays well", () => {
    for (const code of [pythonSnippet(JOINER), sidecarSnippet(JOINER)]) expect(code).toContain("@agent.health");
  });

  it("says the mode only where it is not what the library would say", () => {
    expect(pythonSnippet(JOINER)).not.toContain("mode=");
    expect(pythonSnippet({ ...JOINER, mode: "external" })).toContain('mode="external"');
    expect(sidecarSnippet(JOINER)).toContain('mode="sidecar"');
    expect(imageSnippet({ ...JOINER, mode: "embedded" })).toContain("from_env()");
    expect(imageSnippet({ ...JOINER, mode: "external" })).toContain('from_env(mode="external")');
  });

  it("leads out of the container when the server is on the same machine", () => {
    const local = { ...JOINER, url: "http://127.0.0.1:8080" };
    for (const code of [dockerSnippet(local), composeSnippet(local)]) {
      expect(code).toContain("http://host.docker.internal:8080");
      expect(code).toContain("host.docker.internal:host-gateway");
    }
    for (const code of [dockerSnippet(JOINER), composeSnippet(JOINER)]) {
      expect(code).toContain("https://ops.example");
      expect(code).not.toContain("host-gateway");
    }
  });

  it("uses a code that the token lets in", () => {
    for (const pattern of [null, "mail-*", "node-??", "exact"]) expect(codeProblem(suggestedCode(pattern), pattern)).toBeNull();
    expect(codeProblem("Mail", null)).toBe("malformed");
    expect(codeProblem("other", "mail-*")).toBe("notAllowed");
    expect(codeProblem("a.b", "a.b")).toBe("malformed");
  });
});

describe("joining", () => {
  const token = { agentId: null, status: "ACTIVE" } as RegistrationToken;
  const states = (...given: Parameters<typeof joining>) => joining(...given).map(({ state }) => state);

  it("goes from step to step", () => {
    const used = { ...token, agentId: "agt_1" };
    expect(states(token, undefined, 0)).toEqual(["done", "waiting", "ahead", "ahead"]);
    expect(states(used, agent("agt_1", { connection: "none" }), 0)).toEqual(["done", "done", "waiting", "ahead"]);
    expect(states(used, agent("agt_1", { connection: "connected" }), 0)).toEqual(["done", "done", "done", "waiting"]);
    expect(states(used, agent("agt_1", { connection: "polling" }), 2)).toEqual(["done", "done", "done", "done"]);
  });

  it("is over when the token opens nothing any more", () => {
    expect(states({ ...token, status: "REVOKED" }, undefined, 0)).toEqual(["done", "over", "ahead", "ahead"]);
  });

  it("waits for an agent that lost its connection, whatever it reported", () => {
    expect(states({ ...token, agentId: "agt_1" }, agent("agt_1", { connection: "reconnecting" }), 1)).toEqual(["done", "done", "waiting", "done"]);
  });
});

it("labels are written as key=value", () => {
  expect(labelsOf(["env=prod", "note=a=b", "empty="])).toEqual({ env: "prod", note: "a=b", empty: "" });
  expect(labelsOf(["env"])).toBeNull();
});

describe("settings", () => {
  const environment = { auditRetentionDays: 90, agentOfflineThresholdSeconds: 90 } as Maintenance;
  const state: MaintenanceState = { current: { ...environment, auditRetentionDays: 7 }, environment, saved: ["auditRetentionDays"] };

  it("send only what differs", () => {
    expect(changeOf(state, {})).toEqual({});
    expect(changeOf(state, { auditRetentionDays: 7, agentOfflineThresholdSeconds: 60 })).toEqual({ agentOfflineThresholdSeconds: 60 });
    expect(changeOf(state, { auditRetentionDays: null, agentOfflineThresholdSeconds: null })).toEqual({ auditRetentionDays: null });
  });

  it("are not sent while one of them cannot be", () => {
    for (const bad of ["", 0, 1.5, 31_536_001] as const) expect(changeOf(state, { agentOfflineThresholdSeconds: bad })).toBeNull();
  });

  it("keep what was typed while others were being saved", () => {
    const sent = { auditRetentionDays: 7, agentOfflineThresholdSeconds: 60 };
    expect(typedSince(sent, sent)).toEqual({});
    expect(typedSince(sent, {})).toEqual({});
    expect(typedSince(sent, { ...sent, auditRetentionDays: null, healthRetentionDays: 5 })).toEqual({ auditRetentionDays: null, healthRetentionDays: 5 });
  });

  it("show what counts, or will count", () => {
    expect([shown(state, {}, "auditRetentionDays"), isSaved(state, {}, "auditRetentionDays")]).toEqual([7, true]);
    const draft = { auditRetentionDays: null };
    expect([shown(state, draft, "auditRetentionDays"), isSaved(state, draft, "auditRetentionDays")]).toEqual([90, false]);
  });
});

describe("a mapping", () => {
  it("comes back from its lines as it was", () => {
    const mapping = { text: "payload.city", copies: 2, tags: ["a"], off: false };
    expect(mappingOf(linesOf(mapping))).toEqual(mapping);
  });

  it("names what is wrong with a line", () => {
    const line = (key: string, kind: Line["kind"], text: string): Line => ({ key, kind, text });
    const problem = (one: Line, ...others: Line[]) => problemOf(one, [one, ...others]);
    expect(problem(line("a", "expression", "payload.x"))).toBeNull();
    expect(problem(line("", "expression", "payload.x"))).toBe("empty");
    expect(problem(line("a", "constant", "{"))).toBe("json");
    expect(problem(line("a", "constant", '"text"'))).toBe("text");
    expect(problem(line("a", "constant", "1"), line("a", "constant", "2"))).toBe("twice");
  });
});

it.each([
  [0, "0s"],
  [59.9, "59s"],
  [60, "1m"],
  [3_725, "1h 2m"],
  [86_400 * 3 + 3_600 * 4 + 59, "3d 4h"],
])("%f seconds are %s", (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text);
});

describe("asking in crowds", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is answered at once, and once more at the end", () => {
    const work = vi.fn();
    const paced = new Paced(work, 1000);
    for (let each = 0; each < 100; each += 1) paced.ask();
    expect(work).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(work).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(5000);
    expect(work).toHaveBeenCalledTimes(2);
    paced.ask();
    expect(work).toHaveBeenCalledTimes(3);
    paced.ask();
    paced.stop();
    vi.advanceTimersByTime(5000);
    expect(work).toHaveBeenCalledTimes(3);
  });
});

describe("a file", () => {
  it("tells how much of it is here, and has the server's name", async () => {
    const told: [number, number | null][] = [];
    const headers = { "content-length": "5", "content-disposition": "attachment; filename=opstage-1.db" };
    const file = await fileOf(new Response("hello", { headers }), (bytes, total) => told.push([bytes, total]));
    expect([file.name, await file.content.text()]).toEqual(["opstage-1.db", "hello"]);
    expect(told.at(-1)).toEqual([5, 5]);
  });

  it("that breaks off is none", async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error("cut")) });
    await expect(fileOf(new Response(body), () => undefined)).rejects.toMatchObject({ code: "UNREACHABLE" });
  });
});
