import { useAddress, type Parts } from "../../components/address";

const TABS = ["routes", "events", "audit"] as const;
/** In place of the id of a route: the form for a new one. */
export const NEW = "new";

/** What of the bus is shown; it lives in the address. */
export function useBusAddress() {
  const { read, write, page, hrefOf } = useAddress();
  return {
    tab: TABS.find((one) => one === read("tab")) ?? "routes",
    page,
    /** The route in the form; `NEW` for one to be made, empty for none. */
    route: read("route"),
    /** The event that is looked at; empty for none. */
    event: read("event"),
    hrefOf,
    go: (parts: Parts) => write(parts, true),
  };
}
