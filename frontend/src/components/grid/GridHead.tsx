import { useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Sort } from "../../store/ordering";
import type { Selection } from "../../store/selection";
import { SortIcon } from "../icons";
import { RowCheckbox } from "./RowCheckbox";

interface HeadColumn {
  readonly key: string;
  readonly title: string;
  readonly sort?: "ascending" | "descending";
}

export interface SortControl {
  readonly sort: Sort;
  readonly change: (sort: Sort) => void;
}

interface HeadProps {
  columns: readonly HeadColumn[];
  sort?: SortControl;
  selection?: Selection;
  ids: readonly string[];
}

/** The names of the columns; where the list can be sorted, buttons that do it. */
export function GridHead({ columns, sort, selection, ids }: HeadProps) {
  return (
    <div className="grid__row grid__head" role="row">
      {selection !== undefined && <SelectAll selection={selection} ids={ids} />}
      {columns.map((column) => (
        <div key={column.key} role="columnheader" className={headClass(column, sort)} aria-sort={ariaSort(column, sort)}>
          {sort === undefined || column.sort === undefined ? column.title : <SortButton column={column} control={sort} />}
        </div>
      ))}
    </div>
  );
}

function headClass({ sort }: HeadColumn, control: SortControl | undefined): string {
  return control !== undefined && sort === undefined ? "grid__cell grid__cell--plain" : "grid__cell";
}

function ariaSort({ key, sort }: HeadColumn, control: SortControl | undefined): "ascending" | "descending" | "none" | undefined {
  if (control === undefined || sort === undefined) return undefined;
  if (control.sort.key !== key) return "none";
  return control.sort.descending ? "descending" : "ascending";
}

function SortButton({ column, control }: { column: HeadColumn; control: SortControl }) {
  const direction = ariaSort(column, control);
  const { key, sort } = column;
  const next = control.sort.key === key ? !control.sort.descending : sort === "descending";
  return (
    <button type="button" className={`grid__sort grid__sort--${direction ?? "none"}`} onClick={() => control.change({ key, descending: next })}>
      {column.title}
      <SortIcon size={13} />
    </button>
  );
}

/** Chooses every row that matches, also those out of sight. */
function SelectAll({ selection, ids }: { selection: Selection; ids: readonly string[] }) {
  const { t } = useTranslation();
  const chosen = useSyncExternalStore(selection.listen, selection.ids);
  const some = useMemo(() => chosen.size > 0 && ids.some((id) => chosen.has(id)), [ids, chosen]);
  const all = useMemo(() => ids.length > 0 && ids.length <= chosen.size && ids.every((id) => chosen.has(id)), [ids, chosen]);
  return (
    <div role="columnheader" className="grid__cell grid__cell--check">
      <RowCheckbox label={t("list.selectAll", { count: ids.length })} checked={all} partly={some && !all} onChange={() => selection.set(ids, !all)} />
    </div>
  );
}
