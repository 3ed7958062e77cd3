import { beforeEach, describe, expect, it } from "vitest";
import { CloseCode } from "../src/wire/frames";
import { Link, type Verdict } from "../src/wire/socket";
import type { Follower } from "../src/wire/subscriptions";
import { View } from "../src/wire/view";
import { HandClock } from "./support/clock";
import { service } from "./support/rows";
import { ServerEnd } from "./support/server";

class Recorder implements Follower {
  readonly changes: string[][] = [];
  reason: string | null = null;
  outputs = 0;
  changed(keys: ReadonlySet<string>): void {
    this.changes.push([...keys]);
  }
  output(): void {
    this.outputs += 1;
  }
  gone(reason: string): void {
    this.reason = reason;
  }
}

let clock: HandClock;
let ends: ServerEnd[];
let verdict: Verdict;
let link: Link;
let view: View;
let follower: Recorder;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const server = (): ServerEnd => ends.at(-1) as ServerEnd;

function open(): ServerEnd {
  const end = new ServerEnd();
  ends.push(end);
  return end;
}

beforeEach(() => {
  clock = new HandClock();
  ends = [];
  verdict = "unreachable";
  link = new Link({ open, verify: () => Promise.resolve(verdict), scheduler: clock, random: () => 1, deflate: true });
  view = new View();
  follower = new Recorder();
});

function connected(): void {
  link.start();
  server().hello();
}

function ready(...rows: ReturnType<typeof service>[]): void {
  link.follow("fleet", view, follower);
  connected();
  server().say({ type: "snapshot", id: server().last.id, epoch: "e1", revision: 7, rows, done: true });
}

describe("connecting", () => {
  it("is live after the hello, and not before", () => {
    link.start();
    expect(link.status.phase).toBe("connecting");
    server().hello();
    expect(link.status.phase).toBe("live");
    expect(link.status.hello?.user.username).toBe("ada");
  });

  it("gives an attempt up when no hello comes", () => {
    link.start();
    clock.advance(10_000);
    expect(link.status.phase).toBe("waiting");
    expect(server().closedByConsole).toBe(true);
  });

  it("waits longer after each failure, up to ten seconds", async () => {
    link.start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      server().drop();
      await settled();
      waits.push((link.status.retryAt ?? 0) - clock.now());
      clock.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it("starts again with short waits after a good session", () => {
    connected();
    server().drop();
    clock.advance(1000);
    server().hello();
    for (let seconds = 0; seconds < 60; seconds += 5) {
      clock.advance(5000);
      server().say({ type: "pong" });
    }
    server().drop();
    expect((link.status.retryAt ?? 0) - clock.now()).toBe(1000);
  });

  it("never comes back sooner than the server asked", () => {
    connected();
    server().say({ type: "bye", code: 4002, message: "draining", retryAfterSeconds: 25 });
    server().drop(4002);
    expect((link.status.retryAt ?? 0) - clock.now()).toBe(25_000);
  });

  it("does not wait when the page is looked at again", () => {
    connected();
    server().drop();
    link.wake();
    expect(link.status.phase).toBe("connecting");
    expect(ends).toHaveLength(2);
  });

  it("stops when stopped", () => {
    connected();
    link.stop();
    clock.advance(600_000);
    expect(ends).toHaveLength(1);
    expect(link.status.phase).toBe("idle");
    expect(link.status.hello).toBeNull();
  });
});

describe("ending", () => {
  it.each([CloseCode.MALFORMED, CloseCode.CREDENTIAL, CloseCode.DISABLED, CloseCode.REPLACED])(
    "stays away after the final code %i",
    (code) => {
      connected();
      server().drop(code, "why");
      clock.advance(600_000);
      expect(link.status).toMatchObject({ phase: "ended", code, reason: "why" });
      expect(ends).toHaveLength(1);
    },
  );

  it.each([1006, 1012, CloseCode.TOO_SLOW, CloseCode.DRAINING, CloseCode.RATE])("comes back after %i", (code) => {
    connected();
    server().drop(code);
    clock.advance(1000);
    expect(link.status.phase).toBe("connecting");
    expect(ends).toHaveLength(2);
  });

  it("ends when the handshake was refused because nobody is signed in", async () => {
    verdict = "signed-out";
    link.start();
    server().drop();
    await settled();
    expect(link.status).toMatchObject({ phase: "ended", code: CloseCode.CREDENTIAL });
  });

  it("can be started again by hand", () => {
    connected();
    server().drop(CloseCode.MALFORMED);
    link.start();
    server().hello();
    expect(link.status.phase).toBe("live");
  });
});

describe("staying alive", () => {
  it("asks after the server's interval and goes on when it answers", () => {
    connected();
    clock.advance(25_000);
    expect(server().received).toEqual([{ type: "ping" }]);
    clock.advance(1);
    server().say({ type: "pong" });
    clock.advance(10_000);
    expect(link.status.phase).toBe("live");
    clock.advance(25_000);
    expect(server().received.filter(({ type }) => type === "ping")).toHaveLength(2);
  });

  it("gives a silent connection up", () => {
    connected();
    clock.advance(1);
    clock.advance(25_000 + 10_000);
    expect(link.status.phase).toBe("waiting");
  });

  it("answers the server's ping", () => {
    connected();
    server().say({ type: "ping", ref: "r" });
    expect(server().received).toEqual([{ type: "pong", ref: "r" }]);
  });

  it("knows how long the server took to answer", () => {
    connected();
    expect(link.roundTripMs).toBeNull();
    link.wake();
    clock.advance(42);
    server().say({ type: "pong" });
    expect(link.roundTripMs).toBe(42);
    server().drop();
    expect(link.roundTripMs).toBeNull();
  });

  it("knows when the server was last heard", () => {
    connected();
    const heard = clock.now();
    clock.advance(9000);
    expect(link.heardAt).toBe(heard);
  });
});

describe("following", () => {
  it("subscribes once the connection is there", () => {
    link.follow("fleet", view, follower);
    expect(ends).toHaveLength(0);
    connected();
    expect(server().last).toMatchObject({ view: "fleet", encoding: "deflate" });
    expect(server().last.since).toBeUndefined();
  });

  it("resumes from its cursor on the next connection", () => {
    ready(service("a"));
    server().drop();
    clock.advance(1000);
    server().hello();
    expect(server().last.since).toEqual({ epoch: "e1", revision: 7 });
    const id = server().last.id;
    server().say({ type: "delta", id, from: 7, revision: 9, upsert: [service("b")], remove: ["a"] });
    expect([...view.rows.keys()]).toEqual(["b"]);
    expect(view.cursor).toEqual({ epoch: "e1", revision: 9 });
  });

  it("takes the snapshot of a new epoch and shows the old rows until it is whole", () => {
    ready(service("a"), service("b"));
    server().drop();
    clock.advance(1000);
    server().hello("e2");
    const id = server().last.id;
    server().say({ type: "snapshot", id, epoch: "e2", revision: 2, rows: [service("b", { name: "new" })], done: false });
    expect([...view.rows.keys()]).toEqual(["a", "b"]);
    server().say({ type: "snapshot", id, epoch: "e2", revision: 2, rows: [service("c")], done: true });
    expect([...view.rows.keys()].sort()).toEqual(["b", "c"]);
    expect(view.rows.get("b")).toMatchObject({ name: "new" });
    expect(follower.changes.at(-1)?.sort()).toEqual(["a", "b", "c"]);
    expect(view.cursor).toEqual({ epoch: "e2", revision: 2 });
  });

  it("forgets the pages of a snapshot that was cut off", () => {
    link.follow("fleet", view, follower);
    connected();
    server().say({ type: "snapshot", id: server().last.id, epoch: "e1", revision: 3, rows: [service("gone")], done: false });
    server().drop();
    clock.advance(1000);
    server().hello();
    server().say({ type: "snapshot", id: server().last.id, epoch: "e1", revision: 3, rows: [service("a")], done: true });
    expect([...view.rows.keys()]).toEqual(["a"]);
  });

  it("asks again from where it is when a delta does not fit", () => {
    ready(service("a"));
    const before = server().last.id;
    server().say({ type: "delta", id: before, from: 8, revision: 9, upsert: [service("x")], remove: [] });
    expect(view.rows.has("x")).toBe(false);
    expect(server().received).toContainEqual({ type: "unsubscribe", id: before });
    expect(server().last.since).toEqual({ epoch: "e1", revision: 7 });
    expect(server().last.id).not.toBe(before);
  });

  it("leaves late frames of the older subscription alone", () => {
    ready(service("a"));
    const before = server().last.id;
    server().say({ type: "delta", id: before, from: 8, revision: 9, upsert: [], remove: [] });
    server().say({ type: "delta", id: before, from: 7, revision: 8, upsert: [service("late")], remove: [] });
    expect(view.rows.has("late")).toBe(false);
  });

  it("asks again when a mark says that something was missed", () => {
    ready(service("a"));
    server().say({ type: "mark", id: server().last.id, revision: 7 });
    expect(server().subscribes).toHaveLength(1);
    server().say({ type: "mark", id: server().last.id, revision: 8 });
    expect(server().subscribes).toHaveLength(2);
  });

  it("tells when the view is gone, and takes it back when it is there again", () => {
    link.follow("service:svc_1", view, follower);
    connected();
    const { id } = server().last;
    server().say({ type: "gone", id, reason: "forbidden" });
    expect(follower.reason).toBe("forbidden");
    server().say({ type: "snapshot", id, epoch: "e1", revision: 1, rows: [], done: true });
    expect(view.gone).toBeNull();
  });

  it("hands what the server says of a bad name to the view that has it, and to no other", () => {
    const other = new View();
    link.follow("fleet:env=", view, follower);
    link.follow("service:svc_1", other, new Recorder());
    connected();
    const [bad, unknown] = server().subscribes;
    server().say({ type: "error", code: "VALIDATION_FAILED", message: "Expected a key at character 1.", about: "subscribe" });
    server().say({ type: "gone", id: bad?.id ?? "", reason: "not-found" });
    server().say({ type: "gone", id: unknown?.id ?? "", reason: "not-found" });
    expect([view.gone, view.rejection]).toEqual(["not-found", "Expected a key at character 1."]);
    expect([other.gone, other.rejection]).toEqual(["not-found", null]);
    expect(follower.reason).toBe("not-found");
  });

  it("does not take another complaint for one about a name", () => {
    link.follow("service:svc_1", view, follower);
    connected();
    server().say({ type: "error", code: "TOO_MANY_SUBSCRIPTIONS", message: "too many", about: "subscribe" });
    server().say({ type: "gone", id: server().last.id, reason: "not-found" });
    expect(view.rejection).toBeNull();
  });

  it("unsubscribes when nobody follows any more", () => {
    const stop = link.follow("fleet", view, follower);
    connected();
    const { id } = server().last;
    stop();
    expect(server().received.at(-1)).toEqual({ type: "unsubscribe", id });
    server().drop();
    clock.advance(1000);
    server().hello();
    expect(server().subscribes).toHaveLength(0);
  });
});
