import { SYSTEM_ZONE } from "../zone";

/** As a field for date and time shows the instant in a zone: `2026-05-01T12:00`; empty for what is no time. */
export function wallTimeOf(instant: string, zone: string): string {
  const at = Date.parse(instant);
  return Number.isNaN(at) ? "" : new Date(at + offset(at, zone)).toISOString().slice(0, 16);
}

/** The instant that such a field means in a zone; null when nothing is filled in. */
export function instantOf(wallTime: string, zone: string): string | null {
  const as = Date.parse(`${wallTime}Z`);
  if (Number.isNaN(as)) return null;
  // The offset is that of the outcome, so it is looked at again where it was first assumed.
  const near = as - offset(as, zone);
  return new Date(as - offset(near, zone)).toISOString();
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
function offset(at: number, zone: string): number {
  const timeZone = zone === SYSTEM_ZONE ? undefined : zone;
  // Swedish writes dates as ISO-8601 does.
  const clock = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return Date.parse(`${clock.replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}
