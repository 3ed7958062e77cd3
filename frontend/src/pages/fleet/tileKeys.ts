/** How the tiles of one group lie: in rows of so many. */
export interface Sheet {
  readonly count: number;
  readonly columns: number;
}

/** Where a tile is: in which group, and there the how manieth, both from 0. */
export interface Place {
  readonly group: number;
  readonly index: number;
}

interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
}

/** Where a key leads from a tile; null for keys that lead nowhere. */
export function nextPlace(sheets: readonly Sheet[], at: Place, { key, ctrlKey }: Key): Place | null {
  const sheet = sheets[at.group];
  if (sheet === undefined) return null;
  const { group, index } = at;
  if (key === "ArrowRight") return index + 1 < sheet.count ? { group, index: index + 1 } : first(sheets, group + 1);
  if (key === "ArrowLeft") return index > 0 ? { group, index: index - 1 } : last(sheets, group - 1);
  if (key === "ArrowDown") return below(sheets, sheet, at);
  if (key === "ArrowUp") return above(sheets, sheet, at);
  if (key === "Home") return first(sheets, ctrlKey ? 0 : group);
  return key === "End" ? last(sheets, ctrlKey ? sheets.length - 1 : group) : null;
}

function below(sheets: readonly Sheet[], { count, columns }: Sheet, { group, index }: Place): Place | null {
  if (index + columns < count) return { group, index: index + columns };
  if (index < lastRow(count, columns)) return { group, index: count - 1 };
  const next = sheets[group + 1];
  return next === undefined ? null : { group: group + 1, index: Math.min(index % columns, next.columns - 1, next.count - 1) };
}

function above(sheets: readonly Sheet[], { columns }: Sheet, { group, index }: Place): Place | null {
  if (index >= columns) return { group, index: index - columns };
  const before = sheets[group - 1];
  if (before === undefined) return null;
  return { group: group - 1, index: Math.min(lastRow(before.count, before.columns) + index, before.count - 1) };
}

/** Where the last row begins. */
function lastRow(count: number, columns: number): number {
  return Math.floor((count - 1) / columns) * columns;
}

function first(sheets: readonly Sheet[], group: number): Place | null {
  return sheets[group] === undefined ? null : { group, index: 0 };
}

function last(sheets: readonly Sheet[], group: number): Place | null {
  const sheet = sheets[group];
  return sheet === undefined ? null : { group, index: sheet.count - 1 };
}
