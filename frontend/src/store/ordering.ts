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

/**
 * A list that stays in order from one change to the next. Items are told apart by being the same
 * object, so only those that are new are sorted, and then merged with the others.
 */
export class Ordered<T> {
  #last: readonly T[] = [];

  constructor(private readonly compare: (a: T, b: T) => number) {}

  update(items: readonly T[]): readonly T[] {
    const present = new Set(items);
    const kept = this.#last.filter((item) => present.has(item));
    const known = new Set(kept);
    const fresh = items.filter((item) => !known.has(item)).sort(this.compare);
    this.#last = merged(kept, fresh, this.compare);
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
