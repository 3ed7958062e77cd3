import { useSyncExternalStore } from "react";

const STORED = "opstage.zone";

/** Times are shown as this machine's own clock does. */
export const SYSTEM_ZONE = "system";

/** The time zone that times are shown in, kept in this browser. */
class ZoneChoice {
  /** Read when it is first asked for, so that pure code may import this where there is no browser. */
  #choice: string | null = null;
  readonly #listeners = new Set<() => void>();

  readonly choice = (): string => (this.#choice ??= stored());

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(choice: string): void {
    this.#choice = choice;
    localStorage.setItem(STORED, choice);
    this.#listeners.forEach((listener) => listener());
  }
}

export const zone = new ZoneChoice();

/** The chosen zone; whoever shows a time is drawn again when it changes. */
export function useZone(): string {
  return useSyncExternalStore(zone.listen, zone.choice);
}

/** All zones this browser knows by name; UTC, which some leave out, comes first. */
export function allZones(): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** Remembered under another release or changed by hand, it may be no zone at all. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function stored(): string {
  const found = localStorage.getItem(STORED);
  return found !== null && isZone(found) ? found : SYSTEM_ZONE;
}
