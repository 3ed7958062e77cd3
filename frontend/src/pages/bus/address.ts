import { useSearchParams } from "react-router";

export const TABS = ["routes", "events", "audit"] as const;
export type Tab = (typeof TABS)[number];
/** In place of the id of a route: the form for a new one. */
export const NEW = "new";

type Key = "tab" | "page" | "route" | "event";

interface BusAddress {
  readonly tab: Tab;
  readonly page: number;
  /** The route in the form; `NEW` for one to be made. */
  readonly route: string | null;
  /** The event that is looked at. */
  readonly event: string | null;
  /** Where these are shown; what is not named stays, null takes away. */
  readonly hrefOf: (changes: Partial<Record<Key, string | null>>) => string;
  readonly go: (changes: Partial<Record<Key, string | null>>) => void;
}

/** What of the bus is shown; it lives in the address. */
export function useBusAddress(): BusAddress {
  const [params, setParams] = useSearchParams();
  return {
    tab: TABS.find((one) => one === params.get("tab")) ?? "routes",
    page: Math.max(1, Math.trunc(Number(params.get("page"))) || 1),
    route: params.get("route"),
    event: params.get("event"),
    hrefOf: (changes) => `?${changed(params, changes)}`,
    go: (changes) => setParams((before) => changed(before, changes)),
  };
}

function changed(before: URLSearchParams, changes: Partial<Record<Key, string | null>>): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  return after;
}
