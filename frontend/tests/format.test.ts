import { describe, expect, it } from "vitest";
import { between, formatAge, formatBytes, formatDuration, formatTime } from "../src/components/format";
import { instantOf, wallTimeOf } from "../src/components/wallTime";
import { allZones, isZone } from "../src/zone";

describe("formats", () => {
  it.each([
    [42, "42ms"],
    [1500, "1.5s"],
    [12_000, "12s"],
    [66_000, "1.1m"],
    [720_000, "12m"],
    [4_320_000, "1.2h"],
  ])("show %i ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_572_864, "1.5 MiB"],
  ])("show %i bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("say how long ago in both languages", () => {
    expect(formatAge(0, 65_000, "en")).toBe("1m ago");
    expect(formatAge(7_200_000, 0, "en")).toBe("in 2h");
    expect(formatAge(0, 65_000, "zh-CN")).toBe("1分钟前");
  });

  it("measure between two times of the wire", () => {
    expect(between("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.500Z")).toBe(1500);
    expect(between(null, "2026-01-01T00:00:01.500Z")).toBeNull();
  });
});

describe("a time", () => {
  const at = Date.parse("2026-07-01T22:30:05.000Z");

  it("is shown in the zone that is asked for, and names it", () => {
    expect(formatTime(at, "en", "UTC")).toBe("Jul 1, 2026, 22:30:05 UTC");
    expect(formatTime(at, "en", "Asia/Shanghai")).toBe("Jul 2, 2026, 06:30:05 GMT+8");
    expect(formatTime(at, "zh-CN", "Asia/Shanghai")).toContain("2026年7月2日");
  });

  it("is that of the machine when no zone is chosen", () => {
    const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(formatTime(at, "en", "system")).toBe(formatTime(at, "en", own));
  });

  it("has zones to choose from, UTC among them, and no others", () => {
    expect(allZones()).toEqual(expect.arrayContaining(["UTC", "Europe/Berlin", "Asia/Shanghai"]));
    expect(isZone("Europe/Berlin")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
  });

  it("that a person typed is one of their zone, on either side of a change of clocks", () => {
    expect(instantOf("2026-07-01T12:00", "Europe/Berlin")).toBe("2026-07-01T10:00:00.000Z");
    expect(instantOf("2026-12-01T12:00", "Europe/Berlin")).toBe("2026-12-01T11:00:00.000Z");
    expect(instantOf("2026-03-29T03:30", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
    expect(instantOf("", "UTC")).toBeNull();
    expect(wallTimeOf("2026-07-01T10:00:00.000Z", "Europe/Berlin")).toBe("2026-07-01T12:00");
    expect(wallTimeOf("no time", "UTC")).toBe("");
  });
});
