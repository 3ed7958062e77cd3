import { Button } from "antd";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sameList } from "../../store/derived";
import type { Filter } from "../../store/fleet";
import { WORST_FIRST } from "../../store/fleetLists";
import { useReady, useRejection, useSummary, useView } from "../../store/hooks";
import type { Sort } from "../../store/ordering";
import type { Selection } from "../../store/selection";
import type { ViewStore } from "../../store/viewStore";
import type { View } from "../../wire/view";
import { useFocusReturn } from "../action/useFocusReturn";
import { useParam } from "../address";
import { DataGrid, type Column, type RowOf } from "../DataGrid";
import { EmptyState } from "../EmptyState";
import { Counters, SearchField, type Choice } from "../FilterBar";
import { useFilter } from "../useFilter";
import { ViewSkeleton } from "../ViewSkeleton";
import { ColumnChoice } from "./ColumnChoice";
import { SavedViews } from "./SavedViews";
import { SelectionBar } from "./SelectionBar";
import { SelectorField } from "./SelectorField";
import { useColumns } from "./useColumns";
import { usePreview, type Preview } from "./usePreview";
import { useSort } from "./useSort";

interface ListProps<K extends "service" | "agent"> {
  kind: K;
  /** What its columns and views are kept under. */
  list: string;
  label: string;
  searchHint: string;
  columns: readonly Column<K>[];
  select: (filter: Filter, sort: Sort) => (view: View) => string[];
  /** The states to filter by, with how many rows are in each. */
  useChoices: (store: ViewStore) => Choice[];
  /** Absent for those who may do nothing with what they choose. */
  selection?: Selection;
  /** Shown when there is nothing at all. */
  empty: ReactNode;
  drawer: (preview: Preview, ids: readonly string[]) => ReactNode;
}

/** All services, or all agents: searched, filtered, sorted, chosen from; everything in the address. */
export function FleetList<K extends "service" | "agent">(props: ListProps<K>) {
  const { kind, list, label, searchHint, columns, select, useChoices, selection, empty, drawer } = props;
  const { t } = useTranslation();
  const [selector, setSelector] = useParam("selector");
  const store = useView(selector === "" ? "fleet" : `fleet:${selector}`);
  const ready = useReady(store);
  const rejection = useRejection(store);
  const { filter, setText, toggle, clear } = useFilter();
  const choices = useChoices(store);
  const shown = useColumns(list, columns);
  const sort = useSort(WORST_FIRST);
  const ids = useSummary(store, useMemo(() => select(filter, sort.sort), [select, filter, sort.sort]), sameList);
  const preview = usePreview();
  useFocusReturn(preview.id !== "");
  const nothing = choices.every(({ count }) => count === 0);
  if (ready && nothing && selector === "") return empty;
  return (
    <>
      <Counters choices={choices} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={searchHint} onChange={setText}>
        <SelectorField selector={selector} change={setSelector} problem={rejection} />
        <span className="toolbar__tools">
          <ColumnChoice control={shown} />
          <SavedViews list={list} columns={shown.shown.map(({ key }) => key).join(",")} />
        </span>
      </SearchField>
      {!ready && rejection === null && <ViewSkeleton rows={10} />}
      {rejection !== null && <NothingFound title={t("list.badSelector")} clear={clear} />}
      {rejection === null && ready && ids.length === 0 && <NothingFound title={t("fleet.nothingFound")} clear={clear} />}
      {ready && rejection === null && ids.length > 0 && (
        <DataGrid store={store} kind={kind} ids={ids} columns={shown.shown} label={label} muted={isWaiting} sort={sort} selection={selection} open={preview.open} />
      )}
      {selection !== undefined && <SelectionBar store={store} selection={selection} selector={selector} ids={ids} />}
      {preview.id !== "" && drawer(preview, ids)}
    </>
  );
}

/** Its agent is away for the moment: what the row says may be out of date. */
function isWaiting(row: RowOf<"service" | "agent">): boolean {
  return row.connection === "reconnecting";
}

function NothingFound({ title, clear }: { title: string; clear: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState title={title} hint={t("list.nothingHint")}>
      <Button onClick={clear}>{t("common.clear")}</Button>
    </EmptyState>
  );
}
