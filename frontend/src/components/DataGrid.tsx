import "../styles/lists.css";
import { useCallback, useRef } from "react";
import { Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import type { Selection } from "../store/selection";
import type { RowSource } from "../store/viewStore";
import type { Row } from "../wire/frames";
import type { Column, RowOf } from "./grid/columns";
import { GridHead, type SortControl } from "./grid/GridHead";
import { GridRow } from "./grid/GridRow";
import { useRowKeys } from "./grid/useRowKeys";
import { useTracks } from "./grid/useTracks";

export type { Column, RowOf } from "./grid/columns";
export type { SortControl } from "./grid/GridHead";

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
  /** Absent: heads do not sort. */
  sort?: SortControl;
  /** Absent: rows cannot be chosen. */
  selection?: Selection;
  /** What a click or Enter on a row does; a stable function. Absent: rows are reached by their link only. */
  open?: (id: string) => void;
}

/** Thousands of live rows: only those in sight exist, and each is drawn again only when it changes. */
export function DataGrid<K extends Row["kind"]>(props: GridProps<K>) {
  const { store, kind, ids, columns, label, muted, atEnd, sort, selection, open } = props;
  const grid = useRef<HTMLDivElement>(null);
  const list = useRef<VirtuosoHandle>(null);
  const { style, wide } = useTracks(grid, columns, selection !== undefined);
  const choose = useChoose(ids, selection);
  const keys = useRowKeys({ grid, list, ids, open, choose: selection && choose });
  return (
    <div
      ref={grid}
      className={className(props, wide)}
      role={open === undefined ? "table" : "grid"}
      aria-label={label}
      aria-rowcount={ids.length + 1}
      aria-multiselectable={open !== undefined && selection !== undefined ? true : undefined}
      style={style}
      onKeyDown={keys.press}
      onFocus={keys.focused}
    >
      <GridHead columns={columns} sort={sort} selection={selection} ids={ids} />
      <Virtuoso
        ref={list}
        useWindowScroll
        role="rowgroup"
        data={ids}
        computeItemKey={(_, id) => id}
        increaseViewportBy={400}
        endReached={atEnd}
        itemContent={(index, id) => (
          <GridRow
            store={store}
            kind={kind}
            id={id}
            columns={columns}
            index={index}
            muted={muted}
            selection={selection}
            choose={choose}
            open={open}
            entry={index === keys.entry}
          />
        )}
      />
    </div>
  );
}

function className({ open, sort }: { open?: unknown; sort?: unknown }, wide: boolean): string {
  const parts = ["grid", open === undefined ? "" : "grid--opens", sort === undefined ? "" : "grid--sorts", wide ? "grid--wide" : ""];
  return parts.filter((part) => part !== "").join(" ");
}

/** Turns a row over; stable, though the list it may take a range of is not. */
function useChoose(ids: readonly string[], selection: Selection | undefined): (id: string, range: boolean) => void {
  const latest = useRef(ids);
  latest.current = ids;
  return useCallback((id, range) => selection?.toggle(id, latest.current, range), [selection]);
}
