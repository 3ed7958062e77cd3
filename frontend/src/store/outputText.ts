import type { OutputEntry } from "../wire/output";

/** A place where the text that is looked for begins; `row` counts the shown entries. */
export interface Hit {
  readonly row: number;
  readonly from: number;
}

/** The streams that lines were written to, in the order in which they first were. */
export function streamsOf(entries: readonly OutputEntry[]): string[] {
  const found = new Set<string>();
  for (const entry of entries) if ("line" in entry) found.add(entry.line.stream);
  return [...found];
}

/** The lines of one stream; what is missing belongs to any of them. All entries when none is chosen. */
export function ofStream(entries: readonly OutputEntry[], stream: string | null): readonly OutputEntry[] {
  return stream === null ? entries : entries.filter((entry) => !("line" in entry) || entry.line.stream === stream);
}

/** Where in the lines the text is, without regard to case. */
export function find(entries: readonly OutputEntry[], text: string): Hit[] {
  if (text === "") return [];
  const hits: Hit[] = [];
  entries.forEach((entry, row) => {
    if ("line" in entry) for (const from of places(entry.line.text, text)) hits.push({ row, from });
  });
  return hits;
}

/** Where in one line the text begins; places do not overlap. */
export function places(line: string, text: string): number[] {
  if (text === "") return [];
  const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "giu");
  return [...line.matchAll(pattern)].map((match) => match.index);
}

/** The hit after, or before, the present one; around the end. */
export function step(at: number, by: number, count: number): number {
  return count === 0 ? 0 : (at + by + count) % count;
}

/** All lines as a text file has them; what is missing is told. */
export function plainText(entries: readonly OutputEntry[]): string {
  return entries.map((entry) => ("line" in entry ? entry.line.text : `… ${entry.dropped} …`)).join("\n");
}

export function hasGap(entries: readonly OutputEntry[]): boolean {
  return entries.some((entry) => !("line" in entry));
}
