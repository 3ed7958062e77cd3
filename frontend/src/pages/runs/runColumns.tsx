import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../../components/back";
import { DangerMark } from "../../components/action/DangerMark";
import type { Column } from "../../components/DataGrid";
import { RelativeTime } from "../../components/RelativeTime";
import { StatusTag } from "../../components/StatusTag";
import { settled } from "../../store/runs";
import type { RunRow } from "../../wire/frames";
import { Outcomes } from "./Outcomes";

export function useRunColumns(): Column<"run">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "action", title: t("runs.colAction"), track: "minmax(0, 1.7fr)", narrow: "title", cell: (row) => <ActionCell row={row} /> },
      { key: "state", title: t("runs.colState"), track: "126px", narrow: "aside", cell: (row) => <StatusTag kind="run" state={row.status} /> },
      { key: "progress", title: t("runs.colProgress"), track: "minmax(180px, 2fr)", narrow: "line", cell: (row) => <Outcomes run={row} /> },
      { key: "targets", title: t("runs.colTargets"), track: "minmax(110px, 1.1fr)", narrow: "line", cell: (row) => <TargetsCell row={row} /> },
      { key: "by", title: t("runs.colBy"), track: "minmax(0, 0.8fr)", narrow: "hidden", cell: (row) => <Author row={row} /> },
      { key: "created", title: t("runs.colStarted"), track: "100px", narrow: "line", cell: (row) => <StartedCell row={row} /> },
    ],
    [t],
  );
}

function ActionCell({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  const passage = usePassage(t("nav.runs"));
  return (
    <div className="two-lines">
      <Link className="row-link" to={`/runs/${row.id}`} state={passage}>
        {row.actionLabel}
      </Link>
      <span className="run-action">
        <code className="faint ellipsis">{row.actionName}</code>
        <DangerMark level={row.dangerLevel} />
      </span>
    </div>
  );
}

function TargetsCell({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  return (
    <div className="two-lines">
      <span className="numbers">{t("runs.doneOf", { done: settled(row), count: row.total })}</span>
      {row.selector !== null && (
        <code className="faint ellipsis" title={row.selector}>
          {row.selector}
        </code>
      )}
    </div>
  );
}

function Author({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  return <span className="ellipsis">{row.createdBy ?? t("command.system")}</span>;
}

/** A narrow screen has no column for who it was. */
function StartedCell({ row }: { row: RunRow }) {
  const { t } = useTranslation();
  return (
    <span>
      <RelativeTime at={row.createdAt} />
      <span className="only-narrow faint"> · {row.createdBy ?? t("command.system")}</span>
    </span>
  );
}
