/** What a list is sorted by: the key of a column, and which way. */
export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

export type SortValue = string | number | null;

/** As addresses write it: `name`, or `-name` for the other way round. */
export function readSort(text: string, otherwise: Sort): Sort {
  const descending = text.startsWith("-");
  const key = descending ? text.slice(1) : text;
  return key === "" ? otherwise : { key, descending };
}

export function writeSort({ key, descending }: Sort): string {
  return descending ? `-${key}` : key;
}

/** Text as people order it: without regard to case, and `worker-9` before `worker-10`. */
export function natural(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(10, "0"));
}

/** Compares one way or the other; what has no value comes last in both. */
export function compareValues(a: SortValue, b: SortValue, descending: boolean): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b === descending ? 1 : -1;
}

/** What can be kept in order. */
export interface Item {
  /** The last turn of its list that it was in; the list sees to it. */
  turn: number;
}

/**
 * A list that stays in order from one turn to the next. Items are told apart by being the same
 * object, so only those that are new are sorted, and then merged with the others. Marks on the
 * items do what sets of thousands of them would, in a fraction of the time.
 */
export class Ordered<T extends Item> {
  #last: readonly T[] = [];
  #turn = 0;

  constructor(private readonly compare: (a: T, b: T) => number) {}

  update(items: Iterable<T>): readonly T[] {
    const before = this.#turn;
    const now = ++this.#turn;
    const fresh: T[] = [];
    for (const item of items) {
      if (before === 0 || item.turn !== before) fresh.push(item);
      item.turn = now;
    }
    const kept = this.#last.filter((item) => item.turn === now);
    this.#last = merged(kept, fresh.sort(this.compare), this.compare);
    return this.#last;
  }
}

function merged<T>(kept: readonly T[], fresh: readonly T[], compare: (a: T, b: T) => number): T[] {
  const all: T[] = [];
  let next = 0;
  for (const item of kept) {
    for (let one = fresh[next]; one !== undefined && compare(one, item) < 0; one = fresh[++next]) all.push(one);
    all.push(item);
  }
  return all.concat(fresh.slice(next));
}
