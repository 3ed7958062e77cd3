import { memo, useSyncExternalStore, type MouseEvent } from "react";
import { useRow } from "../../store/hooks";
import type { Selection } from "../../store/selection";
import type { RowSource } from "../../store/viewStore";
import type { Row } from "../../wire/frames";
import type { Column, RowOf } from "./columns";
import { RowCheckbox } from "./RowCheckbox";

interface RowProps<K extends Row["kind"]> {
  store: RowSource;
  kind: K;
  id: string;
  columns: readonly Column<K>[];
  index: number;
  muted?: (row: RowOf<K>) => boolean;
  selection?: Selection;
  choose: (id: string, range: boolean) => void;
  open?: (id: string) => void;
  /** True for the one row that Tab leads to. */
  entry: boolean;
}

/** The head is the first row, and rows are counted from 1. */
const ROWS_BEFORE = 2;
const NOTHING: ReadonlySet<string> = new Set();
const never = () => () => undefined;

function PlainRow<K extends Row["kind"]>({ store, kind, id, columns, index, muted, selection, choose, open, entry }: RowProps<K>) {
  const row = useRow(store, id, kind);
  const chosen = useChosen(selection, id);
  const look = row !== undefined && muted?.(row) === true ? "grid__row grid__row--muted" : "grid__row";
  const cell = open === undefined ? "cell" : "gridcell";
  const own = open === undefined ? {} : { tabIndex: entry ? 0 : -1, onClick: (event: MouseEvent) => isOwn(event) && open(id) };
  return (
    <div className={look} role="row" aria-rowindex={index + ROWS_BEFORE} aria-selected={open && selection && chosen} data-row={index} {...own}>
      {selection !== undefined && <CheckCell id={id} checked={chosen} choose={choose} cell={cell} />}
      {columns.map((column) => (
        <div key={column.key} id={titleId(column, selection, id)} role={cell} className={`grid__cell grid__cell--${column.narrow}`}>
          {row === undefined ? null : column.cell(row)}
        </div>
      ))}
    </div>
  );
}

export const GridRow = memo(PlainRow) as typeof PlainRow;

function useChosen(selection: Selection | undefined, id: string): boolean {
  return useSyncExternalStore(selection?.listen ?? never, () => (selection?.ids() ?? NOTHING).has(id));
}

interface CheckProps extends Pick<RowProps<"service">, "id" | "choose"> {
  checked: boolean;
  cell: "cell" | "gridcell";
}

function CheckCell({ id, checked, choose, cell }: CheckProps) {
  return (
    <div role={cell} className="grid__cell grid__cell--check">
      <RowCheckbox label={{ by: `row-${id}` }} checked={checked} reachable={cell === "cell"} onChange={(shift) => choose(id, shift)} />
    </div>
  );
}

/** The title of a row names its checkbox. */
function titleId({ narrow }: Pick<Column<"service">, "narrow">, selection: Selection | undefined, id: string): string | undefined {
  return selection !== undefined && narrow === "title" ? `row-${id}` : undefined;
}

/** False for a click on something in the row that has a meaning of its own, and for the end of marking text. */
function isOwn({ target }: MouseEvent): boolean {
  const other = target instanceof Element && target.closest("a, button, input, label") !== null;
  return !other && window.getSelection()?.isCollapsed !== false;
}
