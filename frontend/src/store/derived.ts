import type { Row } from "../wire/frames";
import type { View } from "../wire/view";

/** What can be derived from: a view, and a number that grows with each of its changes. */
export interface Source {
  readonly view: View;
  readonly version: number;
}

type RowOf<K extends Row["kind"]> = Extract<Row, { kind: K }>;

/**
 * A value computed from a whole view. It is computed once per change, and when the outcome is the
 * same as before the old object stays, so that nothing is drawn again.
 */
export class Derived<T> {
  #version = -1;
  #value: T | undefined;

  constructor(
    private readonly store: Source,
    private readonly compute: (view: View) => T,
    private readonly same: (a: T, b: T) => boolean,
  ) {}

  /** Stable between changes, as `useSyncExternalStore` asks. */
  readonly get = (): T => {
    if (this.#version === this.store.version) return this.#value as T;
    const fresh = this.compute(this.store.view);
    const keep = this.#version >= 0 && this.same(this.#value as T, fresh);
    if (!keep) this.#value = fresh;
    this.#version = this.store.version;
    return this.#value as T;
  };
}

/** All rows of one kind, in the order of the view. */
export function rowsOf<K extends Row["kind"]>(view: View, kind: K): RowOf<K>[] {
  const found: RowOf<K>[] = [];
  for (const row of view.rows.values()) if (row.kind === kind) found.push(row as RowOf<K>);
  return found;
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

export function sameCounts(a: Record<string, number>, b: Record<string, number>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** How often each answer of `of` occurs. */
export function countBy<R>(rows: readonly R[], of: (row: R) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const answer = of(row);
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}
