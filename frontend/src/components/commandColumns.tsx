import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "./back";
import type { CommandRow } from "../wire/frames";
import type { Column } from "./DataGrid";
import { formatDuration } from "./format";
import { Elapsed, RelativeTime } from "./RelativeTime";
import { StatusTag } from "./StatusTag";

/** The columns of a list of commands; the service is named where the list is not of one service. */
export function useCommandColumns(withService: boolean): Column<"command">[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const service: Column<"command">[] = [
      { key: "service", title: t("command.colService"), track: "minmax(0, 1.6fr)", narrow: "line", cell: serviceCell, sort: "ascending" },
    ];
    return [
      { key: "action", title: t("command.colAction"), track: "minmax(0, 2fr)", narrow: "title", cell: (row) => <ActionCell row={row} withService={withService} />, sort: "ascending" },
      { key: "state", title: t("command.colState"), track: "minmax(150px, 1.2fr)", narrow: "aside", cell: stateCell, sort: "ascending" },
      ...(withService ? service : []),
      { key: "by", title: t("command.colBy"), track: "120px", narrow: "hidden", cell: authorCell, sort: "ascending" },
      { key: "agent", title: t("command.colAgent"), track: "minmax(0, 1fr)", narrow: "hidden", cell: agentCell, sort: "ascending", extra: true },
      { key: "attempt", title: t("command.colAttempt"), track: "90px", narrow: "hidden", cell: (row) => row.attempt, sort: "descending", extra: true },
      { key: "created", title: t("command.colCreated"), track: "110px", narrow: "line", cell: createdCell, sort: "descending" },
      { key: "ended", title: t("command.colEnded"), track: "110px", narrow: "hidden", cell: endedCell, sort: "descending", extra: true },
      { key: "duration", title: t("command.colDuration"), track: "90px", narrow: "hidden", cell: durationCell, sort: "descending" },
    ];
  }, [t, withService]);
}

function ActionCell({ row, withService }: { row: CommandRow; withService: boolean }) {
  const { t } = useTranslation();
  const passage = usePassage(withService ? t("nav.commands") : row.serviceName);
  return (
    <div className="two-lines">
      <Link className="row-link" to={`/commands/${row.id}`} state={passage}>
        {row.actionLabel}
      </Link>
      <code className="faint ellipsis">{row.actionName}</code>
    </div>
  );
}

function stateCell(row: CommandRow) {
  const more = row.status === "RUNNING" ? progressText(row) : whyNot(row);
  return (
    <div className="two-lines">
      <StatusTag kind="command" state={row.status} />
      {row.status === "RUNNING" && row.percent !== null && <progress className="row-progress" max={100} value={row.percent} aria-hidden="true" />}
      {more !== null && (
        <span className="faint ellipsis" title={more}>
          {more}
        </span>
      )}
    </div>
  );
}

/** What the service said of the failure, or else its code; EXPIRED and CANCELLED say no more than the state does. */
function whyNot({ status, errorCode, errorMessage }: CommandRow): string | null {
  if (status === "FAILED") return errorMessage ?? errorCode;
  return errorCode === status ? null : errorCode;
}

function agentCell(row: CommandRow) {
  return <code className="ellipsis">{row.agentCode}</code>;
}

function endedCell(row: CommandRow) {
  return row.completedAt === null ? "" : <RelativeTime at={row.completedAt} />;
}

function progressText(row: CommandRow): string | null {
  const percent = row.percent === null ? null : `${Math.round(row.percent)} %`;
  return [percent, row.progressMessage].filter((part) => part !== null).join(" · ") || null;
}

function serviceCell(row: CommandRow) {
  return (
    <div className="two-lines">
      <span className="ellipsis">{row.serviceName}</span>
      <code className="faint ellipsis">{row.serviceCode}</code>
    </div>
  );
}

function authorCell(row: CommandRow) {
  return (
    <span className="ellipsis">
      <Author row={row} />
    </span>
  );
}

function Author({ row }: { row: CommandRow }) {
  const { t } = useTranslation();
  return <>{row.createdBy ?? t("command.system")}</>;
}

/** A narrow screen has no columns for who it was and how long it took. */
function createdCell(row: CommandRow) {
  return (
    <span>
      <RelativeTime at={row.createdAt} />
      <span className="only-narrow faint">
        {" · "}
        <Author row={row} />
        {row.durationMs !== null && ` · ${formatDuration(row.durationMs)}`}
      </span>
    </span>
  );
}

function durationCell(row: CommandRow) {
  if (row.status === "RUNNING" && row.startedAt !== null) return <Elapsed since={row.startedAt} />;
  return row.durationMs === null ? "" : formatDuration(row.durationMs);
}
