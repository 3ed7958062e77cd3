type Listener = () => void;

/** Which rows of a list are chosen. Rows that leave the list for a while stay chosen. */
export class Selection {
  #ids: ReadonlySet<string> = new Set();
  /** Where a range begins: the row that was last chosen or let go. */
  #anchor: string | null = null;
  readonly #listeners = new Set<Listener>();

  /** The same object until the selection changes. */
  readonly ids = (): ReadonlySet<string> => this.#ids;

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Turns one row over, and with `range` all rows of `list` from the one turned over before. */
  toggle(id: string, list: readonly string[], range: boolean): void {
    const from = range && this.#anchor !== null ? list.indexOf(this.#anchor) : -1;
    const to = list.indexOf(id);
    const turned = from < 0 ? [id] : list.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.#anchor = id;
    this.set(turned, !this.#ids.has(id));
  }

  /** Chooses all of `ids`, or lets all of them go. */
  set(ids: readonly string[], chosen: boolean): void {
    const after = new Set(this.#ids);
    for (const id of ids) {
      if (chosen) after.add(id);
      else after.delete(id);
    }
    this.#replace(after);
  }

  clear(): void {
    this.#anchor = null;
    this.#replace(new Set());
  }

  readonly listen = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #replace(ids: ReadonlySet<string>): void {
    this.#ids = ids;
    for (const listener of this.#listeners) listener();
  }
}
