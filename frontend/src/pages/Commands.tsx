import { Button, Switch } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useCommandColumns } from "../components/commandColumns";
import { DataGrid } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField } from "../components/FilterBar";
import { ColumnChoice } from "../components/list/ColumnChoice";
import { SavedViews } from "../components/list/SavedViews";
import { useColumns } from "../components/list/useColumns";
import { useSort } from "../components/list/useSort";
import { PageHeader } from "../components/PageHeader";
import { lookOf } from "../components/states";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { useStateText } from "../i18n/texts";
import { COMMAND_STATES, countCommands, NEWEST, selectCommands, type CommandFilter } from "../store/commands";
import { sameCounts, sameList } from "../store/derived";
import { useReady, useSummary, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import { Choosers } from "./commands/Choosers";
import { Older } from "./commands/Older";
import { useCommandFilter } from "./commands/useCommandFilter";
import "../styles/commandList.css";

/** Every unfinished command and the newest finished ones, live; older ones when they are asked for. */
export function Commands() {
  const { t } = useTranslation();
  const store = useView("commands");
  const ready = useReady(store);
  return (
    <div className="page">
      <PageHeader title={t("command.title")} />
      {ready ? <CommandsBody store={store} /> : <ViewSkeleton rows={10} />}
    </div>
  );
}

function CommandsBody({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { filter, filtered, setText, toggle, write, clear } = useCommandFilter();
  const sort = useSort(NEWEST);
  const ids = useSummary(store, useMemo(() => selectCommands(filter, sort.sort), [filter, sort.sort]), sameList);
  const columns = useColumns("commands", useCommandColumns(true));
  return (
    <>
      <CommandCounters store={store} filter={filter} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("command.search")} onChange={setText}>
        <Choosers store={store} filter={filter} write={write} />
        <label className="toolbar__switch">
          <Switch size="small" checked={filter.withPrepare} onChange={(on) => write({ all: on ? "1" : "" })} /> {t("command.showPrepare")}
        </label>
        <span className="toolbar__tools">
          <ColumnChoice control={columns} />
          <SavedViews list="commands" columns={columns.shown.map(({ key }) => key).join(",")} />
        </span>
      </SearchField>
      {ids.length === 0 ? (
        <NoCommands filtered={filtered} clear={clear} />
      ) : (
        <DataGrid store={store} kind="command" ids={ids} columns={columns.shown} label={t("command.title")} sort={sort} />
      )}
      <Older store={store} filter={filter} sort={sort.sort} columns={columns.shown} />
    </>
  );
}

interface CountersProps {
  store: ViewStore;
  filter: CommandFilter;
  toggle: (state: string) => void;
}

function CommandCounters({ store, filter, toggle }: CountersProps) {
  const text = useStateText();
  const counts = useSummary(store, useMemo(() => countCommands(filter), [filter]), sameCounts);
  const choices = COMMAND_STATES.map((key) => ({
    key,
    label: text("command", key),
    look: lookOf("command", key),
    count: counts[key] ?? 0,
  }));
  return <Counters choices={choices} chosen={filter.groups} toggle={toggle} />;
}

function NoCommands({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  if (!filtered) return <EmptyState title={t("command.empty")} hint={t("command.emptyHint")} />;
  return (
    <EmptyState title={t("fleet.nothingFound")} hint={t("command.nothingHint")}>
      <Button onClick={clear}>{t("common.clear")}</Button>
    </EmptyState>
  );
}
