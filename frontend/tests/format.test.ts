import { describe, expect, it } from "vitest";
import { between, formatAge, formatBytes, formatDuration } from "../src/components/format";
import { snippet } from "../src/pages/tokens/snippet";

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

it("offers a service in about ten lines, for this server and this token", () => {
  const code = snippet("https://ops.example", "opstage_reg_abc");
  expect(code.split("\n").filter((line) => line !== "").length).toBeLessThanOrEqual(10);
  expect(code).toContain('url="https://ops.example"');
  expect(code).toContain('registration_token="opstage_reg_abc"');
});
