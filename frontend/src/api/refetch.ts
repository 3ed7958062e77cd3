import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect } from "react";
import { useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";

/**
 * Fetches `queryKey` anew whenever the audit trail tells of an action that begins with one of
 * `prefixes`. Every change is audited, so what has no live view of its own is live by this; both
 * arguments must be stable.
 */
export function useRefetchOn(queryKey: QueryKey, prefixes: readonly string[]): void {
  const queries = useQueryClient();
  const store = useView("audit");
  useEffect(() => watch(store, prefixes, () => void queries.invalidateQueries({ queryKey })), [store, prefixes, queries, queryKey]);
}

/** Calls `tell` for news that fits; what is there when it begins is no news. */
function watch(store: ViewStore, prefixes: readonly string[], tell: () => void): () => void {
  let seen = newest(store, prefixes);
  let ready = store.view.ready;
  return store.listen(() => {
    const now = newest(store, prefixes);
    if (ready && now !== seen) tell();
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
