import { Button, Progress } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../../components/back";
import { DataGrid, type Column } from "../../components/DataGrid";
import { EmptyState } from "../../components/EmptyState";
import { Counters, SearchField } from "../../components/FilterBar";
import { formatDuration } from "../../components/format";
import { Elapsed } from "../../components/RelativeTime";
import { lookOf } from "../../components/states";
import { StatusTag } from "../../components/StatusTag";
import { useFilter } from "../../components/useFilter";
import { useStateText } from "../../i18n/texts";
import { sameList } from "../../store/derived";
import { useDerived } from "../../store/hooks";
import { selectTargets, TARGET_STATES } from "../../store/runs";
import type { ViewStore } from "../../store/viewStore";
import type { RunRow, RunTargetRow } from "../../wire/frames";
import { placeOf } from "./Matrix";
import { TargetProblem } from "./TargetProblem";

/** The targets one by one, to search and to filter. */
export function RunTargets({ store, run }: { store: ViewStore; run: RunRow }) {
  const { t } = useTranslation();
  const { filter, setText, toggle, clear } = useFilter();
  const ids = useDerived(store, useMemo(() => selectTargets(filter), [filter]), sameList);
  const columns = useTargetColumns();
  return (
    <>
      <TargetCounters run={run} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("runs.searchTargets")} onChange={setText} />
      {ids.length === 0 ? (
        <EmptyState title={t("fleet.nothingFound")} hint={t("fleet.nothingFoundHint")}>
          <Button onClick={clear}>{t("common.clear")}</Button>
        </EmptyState>
      ) : (
        <DataGrid store={store} kind="runTarget" ids={ids} columns={columns} label={t("runs.targets")} />
      )}
    </>
  );
}

function TargetCounters({ run, chosen, toggle }: { run: RunRow; chosen: readonly string[]; toggle: (state: string) => void }) {
  const text = useStateText();
  const choices = TARGET_STATES.map((key) => ({ key, label: text("target", key), look: lookOf("target", key), count: run.counts[key] ?? 0 }));
  return <Counters choices={choices.filter(({ key, count }) => count > 0 || chosen.includes(key))} chosen={chosen} toggle={toggle} />;
}

function useTargetColumns(): Column<"runTarget">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "service", title: t("runs.colService"), track: "minmax(0, 1.6fr)", narrow: "title", cell: (row) => <ServiceCell row={row} /> },
      { key: "state", title: t("runs.colState"), track: "126px", narrow: "aside", cell: (row) => <StatusTag kind="target" state={row.status} /> },
      { key: "progress", title: t("runs.colWhat"), track: "minmax(0, 2.4fr)", narrow: "line", cell: (row) => <WhatCell row={row} /> },
      { key: "agent", title: t("runs.colAgent"), track: "minmax(0, 1fr)", narrow: "hidden", cell: (row) => <code className="faint ellipsis">{row.agentCode}</code> },
      { key: "duration", title: t("runs.colDuration"), track: "80px", narrow: "line", cell: durationCell },
    ],
    [t],
  );
}

function ServiceCell({ row }: { row: RunTargetRow }) {
  const { t } = useTranslation();
  const passage = usePassage(t("runs.thisRun"));
  return (
    <div className="two-lines">
      <Link className="row-link" to={placeOf(row)} state={passage}>
        {row.serviceName}
      </Link>
      <code className="faint ellipsis">{row.serviceCode}</code>
    </div>
  );
}

/** What it is at, or why it ended as it did. */
function WhatCell({ row }: { row: RunTargetRow }) {
  const { t } = useTranslation();
  if (row.status !== "RUNNING") {
    return (
      <div className="two-lines">
        <TargetProblem target={row} />
        {row.errorCode !== null && <code className="faint">{row.errorCode}</code>}
      </div>
    );
  }
  return (
    <div className="two-lines">
      {row.percent !== null && <Progress percent={Math.round(row.percent)} size="small" aria-label={t("command.progress")} />}
      <span className="faint ellipsis">{row.progressMessage ?? ""}</span>
    </div>
  );
}

function durationCell(row: RunTargetRow) {
  if (row.status === "RUNNING" && row.startedAt !== null) return <Elapsed since={row.startedAt} />;
  return row.durationMs === null ? "" : formatDuration(row.durationMs);
}
