import { useSyncExternalStore } from "react";

const STORED = "opstage.singleKeys";

/** Whether keys without a modifier do something; speech input and unsteady hands turn them off. */
class SingleKeys {
  readonly #listeners = new Set<() => void>();

  readonly on = (): boolean => localStorage.getItem(STORED) !== "off";

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(on: boolean): void {
    localStorage.setItem(STORED, on ? "on" : "off");
    this.#listeners.forEach((listener) => listener());
  }
}

export const singleKeys = new SingleKeys();

export function useSingleKeys(): boolean {
  return useSyncExternalStore(singleKeys.listen, singleKeys.on);
}
