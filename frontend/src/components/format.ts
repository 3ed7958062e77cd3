import { SYSTEM_ZONE, zone } from "../zone";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
  [SECOND, "second"],
];

const FULL: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZoneName: "short",
};

const relative = new Map<string, Intl.RelativeTimeFormat>();
const absolute = new Map<string, Intl.DateTimeFormat>();

function made<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const found = cache.get(key) ?? make();
  cache.set(key, found);
  return found;
}

/** "5m ago" or "in 2h"; milliseconds since the epoch. Every age in the console is written this way. */
export function formatAge(at: number, now: number, language: string): string {
  const format = made(relative, language, () => new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "auto" }));
  const age = at - now;
  const [size, unit] = STEPS.find(([step]) => Math.abs(age) >= step) ?? [SECOND, "second"];
  return format.format(Math.trunc(age / size), unit);
}

/** The full date and time with its zone: the chosen one, unless another is given. */
export function formatTime(at: number, language: string, shown: string = zone.choice()): string {
  const timeZone = shown === SYSTEM_ZONE ? undefined : shown;
  return made(absolute, `${language} ${shown}`, () => new Intl.DateTimeFormat(language, { ...FULL, timeZone })).format(at);
}

/** The time of day to the second, in the same zone. */
export function formatClock(at: number, language: string, shown: string = zone.choice()): string {
  const timeZone = shown === SYSTEM_ZONE ? undefined : shown;
  return made(absolute, `${language} ${shown} clock`, () => new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone })).format(at);
}

/** A duration as `42ms`, `1.5s`, `12s`, `1.1m`, `12m`, `1.2h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < MINUTE) return `${short(milliseconds / SECOND)}s`;
  if (milliseconds < HOUR) return `${short(milliseconds / MINUTE)}m`;
  return `${short(milliseconds / HOUR)}h`;
}

/** Bytes in steps of 1024 with one decimal. */
export function formatBytes(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1024 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(bytes) / 10));
  return step === 0 ? `${bytes} B` : `${(bytes / 1024 ** step).toFixed(1)} ${names[step]}`;
}

/** Milliseconds between two times of the wire; null when one is missing. */
export function between(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}
