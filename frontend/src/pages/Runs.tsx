import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../api/session";
import { usePassage } from "../components/back";
import { DataGrid } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField } from "../components/FilterBar";
import { PlusIcon } from "../components/icons";
import { LinkButton } from "../components/LinkButton";
import { PageHeader } from "../components/PageHeader";
import { lookOf } from "../components/states";
import { useFilter } from "../components/useFilter";
import { ViewSkeleton } from "../components/ViewSkeleton";
import { useStateText } from "../i18n/texts";
import { sameCounts, sameList } from "../store/derived";
import { useDerived, useReady, useView } from "../store/hooks";
import { countRuns, RUN_STATES, selectRuns } from "../store/runs";
import type { ViewStore } from "../store/viewStore";
import { useRunColumns } from "./runs/runColumns";
import "../styles/runs.css";

/** Every unfinished run and the newest finished ones, live. */
export function Runs() {
  const { t } = useTranslation();
  const store = useView("runs");
  const ready = useReady(store);
  return (
    <div className="page">
      <PageHeader title={t("nav.runs")} actions={<NewRunButton />}>
        <span className="faint">{t("runs.intro")}</span>
      </PageHeader>
      {ready ? <RunList store={store} /> : <ViewSkeleton rows={8} />}
    </div>
  );
}

function NewRunButton() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const passage = usePassage(t("nav.runs"));
  if (!mayOperate) return null;
  return (
    <LinkButton type="primary" icon={<PlusIcon size={16} />} to="/runs/new" state={passage}>
      {t("runs.new")}
    </LinkButton>
  );
}

function RunList({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { filter, setText, toggle, clear } = useFilter();
  const ids = useDerived(store, useMemo(() => selectRuns(filter), [filter]), sameList);
  const columns = useRunColumns();
  const filtered = filter.text !== "" || filter.groups.length > 0;
  if (ids.length === 0 && !filtered) return <NoRuns />;
  return (
    <>
      <RunCounters store={store} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("runs.search")} onChange={setText} />
      {ids.length === 0 ? (
        <EmptyState title={t("fleet.nothingFound")} hint={t("fleet.nothingFoundHint")}>
          <Button onClick={clear}>{t("common.clear")}</Button>
        </EmptyState>
      ) : (
        <DataGrid store={store} kind="run" ids={ids} columns={columns} label={t("nav.runs")} />
      )}
    </>
  );
}

function RunCounters({ store, chosen, toggle }: { store: ViewStore; chosen: readonly string[]; toggle: (state: string) => void }) {
  const text = useStateText();
  const counts = useDerived(store, countRuns, sameCounts);
  const choices = RUN_STATES.map((key) => ({ key, label: text("run", key), look: lookOf("run", key), count: counts[key] ?? 0 }));
  return <Counters choices={choices} chosen={chosen} toggle={toggle} />;
}

function NoRuns() {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  return (
    <EmptyState title={t("runs.empty")} hint={t("runs.emptyHint")}>
      {mayOperate ? <NewRunButton /> : <p className="faint">{t("action.viewer")}</p>}
      <Link to="/services">{t("runs.toServices")}</Link>
    </EmptyState>
  );
}
