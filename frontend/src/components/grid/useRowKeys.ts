import { useState, type FocusEvent, type KeyboardEvent, type RefObject } from "react";
import type { VirtuosoHandle } from "react-virtuoso";

interface KeysOptions {
  grid: RefObject<HTMLElement | null>;
  list: RefObject<VirtuosoHandle | null>;
  ids: readonly string[];
  open?: (id: string) => void;
  choose?: (id: string, range: boolean) => void;
}

interface RowKeys {
  /** The row that Tab leads to. */
  readonly entry: number;
  readonly press: (event: KeyboardEvent) => void;
  readonly focused: (event: FocusEvent) => void;
}

const PAGE = 10;

/** Rows by keyboard: arrows go from row to row, Enter opens, Space chooses. */
export function useRowKeys({ grid, list, ids, open, choose }: KeysOptions): RowKeys {
  const [entry, setEntry] = useState(0);
  const go = (index: number): void => {
    if (focusRow(grid.current, index)) return;
    list.current?.scrollIntoView({ index, done: () => focusRow(grid.current, index) });
  };
  const press = (event: KeyboardEvent): void => {
    const index = rowAt(event.target);
    const id = index === null ? undefined : ids[index];
    if (index === null || id === undefined || open === undefined) return;
    const next = target(event.key, index, ids.length - 1);
    if (next !== null) go(next);
    else if (event.key === "Enter") open(id);
    else if (event.key === " " && choose !== undefined) choose(id, event.shiftKey);
    else return;
    event.preventDefault();
  };
  const focused = ({ target: element }: FocusEvent): void => setEntry(rowAt(element) ?? entry);
  return { entry: Math.min(entry, Math.max(0, ids.length - 1)), press, focused };
}

/** The row that itself has the focus; null for what is in a row. */
function rowAt(target: EventTarget): number | null {
  const index = target instanceof HTMLElement ? target.dataset.row : undefined;
  return index === undefined ? null : Number(index);
}

function target(key: string, index: number, last: number): number | null {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE, Home: -index, End: last - index };
  const step = steps[key];
  return step === undefined ? null : Math.min(last, Math.max(0, index + step));
}

function focusRow(grid: HTMLElement | null, index: number): boolean {
  const row = grid?.querySelector<HTMLElement>(`[data-row="${index}"]`) ?? null;
  row?.focus();
  return row !== null;
}
