/** Something that can be found and opened. */
export interface Target {
  readonly key: string;
  readonly kind: "page" | "service" | "agent" | "action";
  readonly name: string;
  /** What else it is called, shown behind the name. */
  readonly more: string;
  readonly to: string;
}

/** The most that is offered of each kind: more does not help, a longer word does. */
export const MOST = 7;

/**
 * The targets whose name or other name contains every word of `text`, the closest first: whose name
 * is the text, begins with it, has a word that begins with it, contains it.
 */
export function find(targets: Iterable<Target>, text: string): Target[] {
  const needle = text.trim().toLowerCase();
  const words = needle.split(/\s+/);
  const found: { target: Target; rank: number }[] = [];
  for (const target of targets) {
    const rank = closeness(target, needle, words);
    if (rank !== null) found.push({ target, rank });
  }
  found.sort((a, b) => a.rank - b.rank || compare(a.target.name, b.target.name));
  return found.slice(0, MOST).map(({ target }) => target);
}

function closeness({ name, more }: Target, needle: string, words: string[]): number | null {
  const own = name.toLowerCase();
  const other = more.toLowerCase();
  if (!words.every((word) => own.includes(word) || other.includes(word))) return null;
  if (own === needle || other === needle) return 0;
  if (own.startsWith(needle)) return 1;
  if (own.includes(` ${needle}`) || other.startsWith(needle)) return 2;
  return own.includes(needle) ? 3 : 4;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
