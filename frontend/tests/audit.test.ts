import { describe, expect, it } from "vitest";
import { auditQuery, exportAddress } from "../src/api/audit";
import { programOf } from "../src/components/userAgent";
import { toldBy } from "../src/pages/audit/changes";
import { isFiltered, matches, readFilter, withFilter, withoutFilter } from "../src/pages/audit/filter";
import { typeOfId } from "../src/pages/audit/targets";
import { advance, KEPT, type Tail } from "../src/store/auditTail";
import type { AuditRow } from "../src/wire/frames";

const START = Date.parse("2026-01-01T00:00:00.000Z");

function event(sequence: number, more: Partial<AuditRow> = {}): AuditRow {
  return {
    kind: "audit",
    id: `aud_${sequence}`,
    actorType: "USER",
    actorId: "usr_ann",
    actorName: "ann",
    action: "user.created",
    targetType: "User",
    targetId: "usr_bob",
    targetName: "bob",
    result: "SUCCESS",
    message: null,
    ipAddress: null,
    userAgent: null,
    metadata: {},
    createdAt: new Date(START + sequence * 1000).toISOString(),
    sequence,
    hash: null,
    ...more,
  };
}

const events = (from: number, to: number): AuditRow[] => Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const numbers = (tail: Tail): (number | null)[] => tail.news.map((row) => row.sequence);

describe("the tail of the trail", () => {
  const begun = advance(null, events(1, 5), true);

  it("begins where the view ends", () => {
    expect(begun.anchor).toEqual({ sequence: 5, createdAt: event(5).createdAt });
    expect(begun.news).toEqual([]);
  });

  it("shows what comes, newest first, and keeps what leaves the view", () => {
    const after = advance(advance(begun, events(2, 7), true), events(7, 9), true);
    expect(numbers(after)).toEqual([9, 8, 7, 6]);
    expect(after.shown).toBe(9);
    expect(after.anchor).toBe(begun.anchor);
  });

  it("lets news wait while somebody reads", () => {
    const waiting = advance(begun, events(3, 8), false);
    expect([waiting.last, waiting.shown]).toEqual([8, 5]);
    expect(advance(waiting, events(3, 8), true).shown).toBe(8);
  });

  it("is the same object as long as nothing came", () => {
    expect(advance(begun, events(1, 5), true)).toBe(begun);
  });

  it("begins anew when events went by unseen, but not while somebody reads", () => {
    const reading = advance(begun, events(8, 9), false);
    expect([reading.broken, reading.anchor, reading.news]).toEqual([true, begun.anchor, []]);
    expect(advance(reading, events(8, 10), true).anchor.sequence).toBe(10);
    expect(advance(begun, events(8, 9), true).anchor.sequence).toBe(9);
  });

  it("does not grow without end", () => {
    expect(advance(begun, events(6, 6 + KEPT), true).anchor.sequence).toBe(6 + KEPT);
  });

  it("begins with an empty trail", () => {
    expect(advance(null, [], true).anchor).toEqual({ sequence: 0, createdAt: null });
  });
});

describe("the filter of the trail", () => {
  const filter = readFilter(new URLSearchParams("action=user.*,agent.revoked&result=SUCCESS&from=2026-01-01T00:00:02.000Z&to=never&event=aud_1"));

  it("is read from the address, and what is no time is none", () => {
    expect(filter.action).toEqual(["user.*", "agent.revoked"]);
    expect([filter.result, filter.to, filter.actorId]).toEqual(["SUCCESS", null, null]);
    expect(isFiltered(filter)).toBe(true);
  });

  it("asks REST for the same", () => {
    expect(auditQuery(filter).getAll("action")).toEqual(["user.*", "agent.revoked"]);
    expect(exportAddress(filter, "csv")).toMatch(/^\/api\/admin\/audit-events\/export\?action=user\.\*&.*format=csv$/);
  });

  it.each([
    [event(2), true],
    [event(1), false],
    [event(2, { result: "FAILURE" }), false],
    [event(2, { action: "agent.revoked" }), true],
    [event(2, { action: "agent.revoked.twice" }), false],
    [event(2, { action: "users.created" }), false],
  ])("takes the live events that REST would answer", (row, wanted) => {
    expect(matches(filter, row)).toBe(wanted);
  });

  it("is written back part by part, and leaves alone what is not its own", () => {
    const before = new URLSearchParams("result=FAILURE&event=aud_1");
    expect(withFilter(before, { result: null, action: ["bus.*"] }).toString()).toBe("event=aud_1&action=bus.*");
    expect(withoutFilter(before).toString()).toBe("event=aud_1");
  });
});

describe("what an event tells of a change", () => {
  it("is the difference of before and after", () => {
    const { changes, facts } = toldBy({ before: { env: "dev", team: "a" }, after: { env: "prod", tier: "db", team: "a" }, by: "x" });
    expect(changes).toEqual([
      { key: "env", before: "dev", after: "prod" },
      { key: "tier", before: undefined, after: "db" },
    ]);
    expect(facts).toEqual({ by: "x" });
  });

  it("may stand plainly beside what was before", () => {
    const told = toldBy({ role: "viewer", status: "ACTIVE", before: { role: "owner", status: "ACTIVE", displayName: "Ann" } });
    expect(told.changes).toEqual([
      { key: "role", before: "owner", after: "viewer" },
      { key: "displayName", before: "Ann", after: undefined },
    ]);
  });

  it("is nothing where `before` is a fact as any other", () => {
    const metadata = { deleted: 3, before: "2026-01-01" };
    expect(toldBy(metadata)).toEqual({ changes: null, facts: metadata });
  });

  it("leads to what ids name, and to nothing else", () => {
    expect([typeOfId("svc_abcdef12"), typeOfId("cmd_abcdef12"), typeOfId("usr_abcdef12"), typeOfId("svc_"), typeOfId(5)]).toEqual([
      "CapsuleService",
      "Command",
      null,
      null,
      null,
    ]);
  });
});

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox 130", "Linux"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge 126", "Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17", "iOS"],
  ["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome 126", "Android"],
  ["curl/8.5.0", "curl 8.5.0", null],
])("a user agent in words: %s", (userAgent, name, system) => {
  expect(programOf(userAgent)).toEqual({ name, system });
});
