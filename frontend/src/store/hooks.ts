import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { Row } from "../wire/frames";
import type { LinkStatus } from "../wire/socket";
import type { View } from "../wire/view";
import { Batch } from "./batch";
import { clock } from "./clock";
import type { Live } from "./live";
import { atMostEvery } from "./pace";
import type { RowSource, ViewStore } from "./viewStore";

export const LiveContext = createContext<Live | null>(null);

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("useLive needs a LiveContext above it");
  return live;
}

/** The store of a view, followed while the component is mounted. */
export function useView(name: string): ViewStore {
  const live = useLive();
  const store = useMemo(() => live.store(name), [live, name]);
  useEffect(() => store.retain(), [store]);
  return store;
}

/** One row; the component is drawn again only when this row changes. */
export function useRow<K extends Row["kind"]>(
  store: RowSource,
  key: string,
  kind: K,
): Extract<Row, { kind: K }> | undefined {
  const row = useSyncExternalStore(
    useMemo(() => (listener: () => void) => store.listenRow(key, listener), [store, key]),
    () => store.row(key),
  );
  return row?.kind === kind ? (row as Extract<Row, { kind: K }>) : undefined;
}

/** A value of the whole view; `compute` and `same` must be stable. */
export function useDerived<T>(
  store: ViewStore,
  compute: (view: View) => T,
  same: (a: T, b: T) => boolean = Object.is,
): T {
  const derived = useMemo(() => store.derived(compute, same), [store, compute, same]);
  const listen = useMemo(() => (listener: () => void) => store.listen(listener), [store]);
  return useSyncExternalStore(listen, derived.get);
}

/**
 * As `useDerived`, for what is computed from thousands of rows: at once, then twice a second at
 * most, or with longer rests if so many milliseconds are given.
 */
export function useSummary<T>(
  store: ViewStore,
  compute: (view: View) => T,
  same: (a: T, b: T) => boolean = Object.is,
  milliseconds = 0,
): T {
  const derived = useMemo(() => store.derived(compute, same), [store, compute, same]);
  const listen = useMemo(
    () => (listener: () => void) => {
      const batch = new Batch(listener, atMostEvery(milliseconds));
      return store.listenCalmly(() => batch.add([]));
    },
    [store, milliseconds],
  );
  return useSyncExternalStore(listen, derived.get);
}

const isReady = (view: View): boolean => view.ready;
const whyGone = (view: View): View["gone"] => view.gone;
const whyRejected = (view: View): string | null => view.rejection;
const outputVersion = (view: View): number => view.output.version;

/** False until the first snapshot is complete. */
export function useReady(store: ViewStore): boolean {
  return useDerived(store, isReady);
}

export function useGone(store: ViewStore): View["gone"] {
  return useDerived(store, whyGone);
}

/** What the server said of a view whose name it can make nothing of; null when it could. */
export function useRejection(store: ViewStore): string | null {
  return useDerived(store, whyRejected);
}

/** Grows when output arrives; the lines are in `store.view.output`. */
export function useOutputVersion(store: ViewStore): number {
  return useDerived(store, outputVersion);
}

export function useLinkStatus(): LinkStatus {
  const { link } = useLive();
  return useSyncExternalStore(
    useMemo(() => (listener: () => void) => link.listen(listener), [link]),
    () => link.status,
  );
}

/** What `read` makes of the time; the component is drawn again only when that differs. */
export function useTicking<T extends string | number | boolean | null>(read: (now: number) => T): T {
  return useSyncExternalStore(clock.listen, () => read(clock.now()));
}
