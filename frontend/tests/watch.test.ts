import { describe, expect, it } from "vitest";
import { turnedBad, Watchlist, type Memory } from "../src/store/watch";
import type { ServiceRow } from "../src/wire/frames";

class Kept implements Memory {
  constructor(private kept: string | null = null) {}
  getItem(): string | null {
    return this.kept;
  }
  setItem(_key: string, value: string): void {
    this.kept = value;
  }
}

function row(status: string, healthStatus: string, connection = "connected"): ServiceRow {
  return { kind: "service", id: "svc", status, healthStatus, connection } as ServiceRow;
}

describe("the watchlist", () => {
  it("is remembered and tells who listens", () => {
    const memory = new Kept();
    const list = new Watchlist(memory);
    let told = 0;
    const leave = list.listen(() => (told += 1));
    list.toggle("one");
    list.toggle("two");
    list.toggle("one");
    leave();
    list.toggle("three");
    expect(told).toBe(3);
    expect(new Watchlist(memory).ids()).toEqual(["two", "three"]);
  });

  it("begins anew when what was kept is not a list of ids", () => {
    expect(new Watchlist(new Kept("{not json")).ids()).toEqual([]);
    expect(new Watchlist(new Kept('{"a":1}')).ids()).toEqual([]);
    expect(new Watchlist(new Kept('["a", 3]')).ids()).toEqual(["a"]);
  });
});

describe("turning bad", () => {
  it("is a step from a state that needs nobody to one that does", () => {
    expect(turnedBad("HEALTHY", row("UNHEALTHY", "DOWN"))).toBe(true);
    expect(turnedBad("RECONNECTING", row("OFFLINE", "UP", "none"))).toBe(true);
    expect(turnedBad("UNKNOWN", row("UNHEALTHY", "DEGRADED"))).toBe(true);
  });

  it("is told once, and never of what was bad when one began to look", () => {
    expect(turnedBad(undefined, row("OFFLINE", "UP", "none"))).toBe(false);
    expect(turnedBad("DOWN", row("OFFLINE", "DOWN", "none"))).toBe(false);
    expect(turnedBad("HEALTHY", row("HEALTHY", "UP", "reconnecting"))).toBe(false);
    expect(turnedBad("DOWN", row("HEALTHY", "UP"))).toBe(false);
  });
});
