import type { Row } from "../wire/frames";
import type { Follower } from "../wire/subscriptions";
import { View, type Changed, type GoneReason } from "../wire/view";
import { Batch, type Defer } from "./batch";
import { Derived } from "./derived";
import { atMostEvery } from "./pace";

/** Digits that change faster cannot be read. */
const SUMMARY_MS = 500;

type Listener = () => void;
/** Is told whose rows differ from before. */
type KeysListener = (keys: ReadonlySet<string>) => void;
/** Starts to follow; the answer ends it. */
export type Follow = (view: View, follower: Follower) => () => void;

/** Where single rows are read and followed. */
export interface RowSource {
  row(key: string): Row | undefined;
  listenRow(key: string, listener: Listener): () => void;
}

/**
 * A live view as React reads it. Whoever shows one row is called for that row only; lists and
 * counters are called at most once a frame. The view is followed while somebody retains the store,
 * and for a while longer, so that going back to a page shows it at once.
 */
export class ViewStore implements Follower, RowSource {
  readonly view = new View();
  /** Grows with every change, so that derived values know when to be computed again. */
  version = 0;
  #retained = 0;
  #unfollow: (() => void) | null = null;
  #cancelLinger: (() => void) | null = null;
  readonly #rows = new Map<string, Set<Listener>>();
  readonly #any = new Set<KeysListener>();
  readonly #calm = new Set<Listener>();
  /** All at the same time, so that what is computed for one of them is there for the others. */
  readonly #summaries = new Batch(() => this.#calm.forEach((listener) => listener()), atMostEvery(SUMMARY_MS));
  readonly #derived = new WeakMap<object, unknown>();
  readonly #batch: Batch;

  constructor(
    private readonly follow: Follow,
    private readonly linger: (work: () => void) => () => void,
    defer: Defer,
  ) {
    this.#batch = new Batch((keys) => this.#notify(keys), defer);
  }

  get followed(): boolean {
    return this.#unfollow !== null;
  }

  /** Keeps the view followed until the answer is called. */
  retain(): () => void {
    this.#retained += 1;
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    this.#unfollow ??= this.follow(this.view, this);
    return () => this.#release();
  }

  /** A value of the whole view, computed once a change for all who ask with the same `compute`. */
  derived<T>(compute: (view: View) => T, same: (a: T, b: T) => boolean): Derived<T> {
    const known = this.#derived.get(compute) as Derived<T> | undefined;
    const derived = known ?? new Derived(this, compute, same);
    this.#derived.set(compute, derived);
    return derived;
  }

  row(key: string): Row | undefined {
    return this.view.rows.get(key);
  }

  listenRow(key: string, listener: Listener): () => void {
    const listeners = this.#rows.get(key) ?? new Set();
    this.#rows.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#rows.get(key) === listeners) this.#rows.delete(key);
    };
  }

  /** Calls `listener` after any change, at most once a frame. */
  listen(listener: KeysListener): () => void {
    this.#any.add(listener);
    return () => this.#any.delete(listener);
  }

  /** As `listen`, for what is counted over a whole view: at once after a rest, then twice a second. */
  listenCalmly(listener: Listener): () => void {
    this.#calm.add(listener);
    return () => this.#calm.delete(listener);
  }

  changed(keys: Changed): void {
    this.version += 1;
    this.#batch.add(keys);
  }

  output(): void {
    this.changed(new Set());
  }

  gone(_reason: GoneReason): void {
    this.changed(new Set());
  }

  #release(): void {
    this.#retained -= 1;
    if (this.#retained > 0) return;
    this.#cancelLinger = this.linger(() => {
      this.#unfollow?.();
      this.#unfollow = null;
    });
  }

  #notify(keys: ReadonlySet<string>): void {
    for (const key of keys) this.#rows.get(key)?.forEach((listener) => listener());
    this.#any.forEach((listener) => listener(keys));
    if (this.#calm.size > 0) this.#summaries.add([]);
  }
}
