import { Button, Switch } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useCommandColumns } from "../components/commandColumns";
import { DataGrid } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField } from "../components/FilterBar";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { lookOf } from "../components/states";
import { useFilter } from "../components/useFilter";
import { useStateText } from "../i18n/texts";
import { COMMAND_STATES, countCommands, selectCommands } from "../store/commands";
import { sameCounts, sameList } from "../store/derived";
import { useDerived, useReady, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";

/** Every unfinished command and the newest finished ones, live. */
export function Commands() {
  const { t } = useTranslation();
  const store = useView("commands");
  const ready = useReady(store);
  return (
    <div className="page">
      <PageHeader title={t("command.title")} />
      {ready ? <CommandsBody store={store} /> : <PageSkeleton rows={10} />}
    </div>
  );
}

function CommandsBody({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { filter, setText, toggle, clear } = useFilter();
  const [withPrepare, setWithPrepare] = useWithPrepare();
  const ids = useDerived(store, useMemo(() => selectCommands(filter, withPrepare), [filter, withPrepare]), sameList);
  const columns = useCommandColumns(true);
  const filtered = filter.text !== "" || filter.groups.length > 0;
  return (
    <>
      <CommandCounters store={store} withPrepare={withPrepare} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("command.search")} onChange={setText}>
        <label className="toolbar__switch">
          <Switch size="small" checked={withPrepare} onChange={setWithPrepare} /> {t("command.showPrepare")}
        </label>
      </SearchField>
      {ids.length === 0 ? (
        <NoCommands filtered={filtered} clear={clear} />
      ) : (
        <DataGrid store={store} kind="command" ids={ids} columns={columns} label={t("command.title")} />
      )}
    </>
  );
}

interface CountersProps {
  store: ViewStore;
  withPrepare: boolean;
  chosen: readonly string[];
  toggle: (state: string) => void;
}

function CommandCounters({ store, withPrepare, chosen, toggle }: CountersProps) {
  const text = useStateText();
  const counts = useDerived(store, useMemo(() => countCommands(withPrepare), [withPrepare]), sameCounts);
  const choices = COMMAND_STATES.map((key) => ({
    key,
    label: text("command", key),
    look: lookOf("command", key),
    count: counts[key] ?? 0,
  }));
  return <Counters choices={choices} chosen={chosen} toggle={toggle} />;
}

function NoCommands({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  if (!filtered) return <EmptyState title={t("command.empty")} hint={t("command.emptyHint")} />;
  return (
    <EmptyState title={t("fleet.nothingFound")} hint={t("fleet.nothingFoundHint")}>
      <Button onClick={clear}>{t("common.clear")}</Button>
    </EmptyState>
  );
}

function useWithPrepare(): [boolean, (on: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const change = (on: boolean) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (on) after.set("all", "1");
        else after.delete("all");
        return after;
      },
      { replace: true },
    );
  return [params.get("all") === "1", change];
}
