const UNITS: readonly [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
  [1, "s"],
];

/** A long time by its two largest units: `3d 4h`, `12m 5s`, `40s`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([size]) => whole >= size);
  if (first === -1) return "0s";
  const parts = UNITS.slice(first, first + 2).map(([size, unit], index) => {
    const left = index === 0 ? whole : whole % (UNITS[first]?.[0] ?? 1);
    return [Math.floor(left / size), unit] as const;
  });
  return parts.filter(([count], index) => index === 0 || count > 0).map(([count, unit]) => `${count}${unit}`).join(" ");
}
