import type { ServiceRow } from "../wire/frames";
import { serviceGroup, type ServiceGroup } from "./fleet";

const STORED = "opstage.watched";
const BAD: ReadonlySet<ServiceGroup> = new Set(["DOWN", "OFFLINE", "STALE", "DEGRADED"]);

/** The part of a browser's storage that is used. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The services this person wants to be told of, kept in this browser. */
export class Watchlist {
  #ids: readonly string[];
  readonly #listeners = new Set<() => void>();

  constructor(private readonly memory: Memory) {
    this.#ids = stored(memory);
  }

  /** Stable between changes, as `useSyncExternalStore` asks. */
  readonly ids = (): readonly string[] => this.#ids;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  toggle(id: string): void {
    this.#ids = this.#ids.includes(id) ? this.#ids.filter((one) => one !== id) : [...this.#ids, id];
    this.memory.setItem(STORED, JSON.stringify(this.#ids));
    this.#listeners.forEach((listener) => listener());
  }
}

/** Whether the service went from a state that needs nobody to one that does. */
export function turnedBad(before: ServiceGroup | undefined, after: ServiceRow): boolean {
  return before !== undefined && !BAD.has(before) && BAD.has(serviceGroup(after));
}

function stored(memory: Memory): readonly string[] {
  try {
    const found: unknown = JSON.parse(memory.getItem(STORED) ?? "[]");
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}
