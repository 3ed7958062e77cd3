import { memo, type CSSProperties, type ReactNode } from "react";
import { Virtuoso } from "react-virtuoso";
import { useRow } from "../store/hooks";
import type { RowSource } from "../store/viewStore";
import type { Row } from "../wire/frames";

type RowOf<K extends Row["kind"]> = Extract<Row, { kind: K }>;

export interface Column<K extends Row["kind"]> {
  readonly key: string;
  readonly title: string;
  /** A track of the CSS grid, as `minmax(0, 2fr)`. */
  readonly track: string;
  /** Where the cell goes on a narrow screen: beside the title, on a line of its own, or nowhere. */
  readonly narrow: "title" | "aside" | "line" | "hidden";
  readonly cell: (row: RowOf<K>) => ReactNode;
}

interface GridProps<K extends Row["kind"]> {
  store: RowSource;
  kind: K;
  /** Keys in the order to show; the same object as long as the list is the same. */
  ids: readonly string[];
  columns: readonly Column<K>[];
  label: string;
  /** True for rows that show what may no longer be so; a stable function. */
  muted?: (row: RowOf<K>) => boolean;
  /** Called when the last row comes into sight. */
  atEnd?: () => void;
}

/** Thousands of live rows: only those in sight exist, and each is drawn again only when it changes. */
export function DataGrid<K extends Row["kind"]>({ store, kind, ids, columns, label, muted, atEnd }: GridProps<K>) {
  const style = { "--tracks": columns.map((column) => column.track).join(" ") } as CSSProperties;
  return (
    <div className="grid" role="table" aria-label={label} aria-rowcount={ids.length + 1} style={style}>
      <div className="grid__row grid__head" role="row">
        {columns.map((column) => (
          <div key={column.key} role="columnheader" className="grid__cell">
            {column.title}
          </div>
        ))}
      </div>
      <Virtuoso
        useWindowScroll
        role="rowgroup"
        data={ids}
        computeItemKey={(_, id) => id}
        increaseViewportBy={400}
        endReached={atEnd}
        itemContent={(index, id) => <GridRow store={store} kind={kind} id={id} columns={columns} index={index} muted={muted} />}
      />
    </div>
  );
}

interface RowProps<K extends Row["kind"]> {
  store: RowSource;
  kind: K;
  id: string;
  columns: readonly Column<K>[];
  index: number;
  muted?: (row: RowOf<K>) => boolean;
}

/** The head is the first row, and rows are counted from 1. */
const ROWS_BEFORE = 2;

function PlainRow<K extends Row["kind"]>({ store, kind, id, columns, index, muted }: RowProps<K>) {
  const row = useRow(store, id, kind);
  const look = row !== undefined && muted?.(row) === true ? "grid__row grid__row--muted" : "grid__row";
  return (
    <div className={look} role="row" aria-rowindex={index + ROWS_BEFORE}>
      {columns.map((column) => (
        <div key={column.key} role="cell" className={`grid__cell grid__cell--${column.narrow}`}>
          {row === undefined ? null : column.cell(row)}
        </div>
      ))}
    </div>
  );
}

const GridRow = memo(PlainRow) as typeof PlainRow;
