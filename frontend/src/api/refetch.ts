import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect } from "react";
import { useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";

/** News that come in crowds are answered by one request in this time. */
const PAUSE_MS = 1_000;

/**
 * Fetches `queryKey` anew whenever the audit trail tells of an action that begins with one of
 * `prefixes`. Every change is audited, so what has no live view of its own is live by this; both
 * arguments must be stable.
 */
export function useRefetchOn(queryKey: QueryKey, prefixes: readonly string[]): void {
  const queries = useQueryClient();
  const store = useView("audit");
  useEffect(() => {
    // What was kept from an earlier visit is that old: nobody has watched since.
    void queries.refetchQueries({ queryKey, type: "active", predicate: ({ state }) => state.fetchStatus === "idle" });
    const fetching = new Paced(() => void queries.invalidateQueries({ queryKey }), PAUSE_MS);
    const unwatch = watch(store, prefixes, () => fetching.ask());
    return () => {
      unwatch();
      fetching.stop();
    };
  }, [store, prefixes, queries, queryKey]);
}

/** Does `work` when asked, at once; when asked again within the pause, once more at its end. */
export class Paced {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #again = false;

  constructor(
    private readonly work: () => void,
    private readonly pauseMs: number,
  ) {}

  ask(): void {
    this.#again = this.#timer !== null;
    if (this.#timer !== null) return;
    this.work();
    this.#timer = setTimeout(() => this.#rested(), this.pauseMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #rested(): void {
    this.#timer = null;
    if (this.#again) this.ask();
  }
}

/**
 * Calls `tell` for news that fits, and when the view is there for the first time: what was fetched before
 * it may be older than its beginning.
 */
export function watch(store: ViewStore, prefixes: readonly string[], tell: () => void): () => void {
  let seen = newest(store, prefixes);
  let ready = store.view.ready;
  return store.listen(() => {
    const now = newest(store, prefixes);
    if (store.view.ready && (!ready || now !== seen)) tell();
    ready = store.view.ready;
    seen = now;
  });
}

/** The newest fitting event; rows come in the order in which they happened. */
function newest(store: ViewStore, prefixes: readonly string[]): string | null {
  let found: string | null = null;
  for (const row of store.view.rows.values()) {
    if (row.kind === "audit" && prefixes.some((prefix) => row.action.startsWith(prefix))) found = row.id;
  }
  return found;
}
