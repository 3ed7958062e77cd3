import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../../components/back";
import type { Column } from "../../components/DataGrid";
import { LabelChips } from "../../components/LabelChips";
import { RelativeTime } from "../../components/RelativeTime";
import { OUTDATED } from "../../components/states";
import { ConnectionTag, StateReason, StatusTag } from "../../components/StatusTag";
import type { AgentRow } from "../../wire/frames";
import { AgentMode } from "../agent/AgentMode";

/** What can be shown of an agent in a list. */
export function useAgentColumns(): Column<"agent">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colAgent"), track: "minmax(0, 1.7fr)", narrow: "title", sort: "ascending", cell: (row) => <NameCell row={row} /> },
      { key: "state", title: t("fleet.colState"), track: "140px", narrow: "aside", sort: "ascending", cell: stateCell },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2fr)", narrow: "line", sort: "descending", cell: reasonCell },
      { key: "host", title: t("fleet.colHost"), track: "minmax(0, 1.4fr)", narrow: "line", sort: "ascending", cell: hostCell },
      { key: "labels", title: t("service.labels"), track: "minmax(0, 1.2fr)", narrow: "line", cell: (row) => <LabelChips labels={row.labels} /> },
      { key: "services", title: t("fleet.colServices"), track: "92px", narrow: "hidden", sort: "descending", cell: (row) => row.serviceCount },
      { key: "runtime", title: t("service.runtime"), track: "96px", narrow: "line", sort: "ascending", extra: true, cell: (row) => row.runtime ?? "" },
      { key: "sdk", title: t("agents.pageSdk"), track: "minmax(0, 1fr)", narrow: "line", sort: "ascending", extra: true, cell: (row) => row.sdk ?? "" },
      { key: "mode", title: t("agents.pageMode"), track: "minmax(0, 1fr)", narrow: "line", sort: "ascending", extra: true, cell: (row) => <AgentMode mode={row.mode} /> },
      { key: "contact", title: t("agents.colContact"), track: "128px", narrow: "line", sort: "descending", extra: true, cell: contactCell },
      { key: "created", title: t("agents.pageCreated"), track: "112px", narrow: "line", sort: "descending", extra: true, cell: (row) => <RelativeTime at={row.createdAt} /> },
    ],
    [t],
  );
}

function NameCell({ row }: { row: AgentRow }) {
  const { t } = useTranslation();
  const passage = usePassage(t("nav.agents"));
  return (
    <div className="two-lines">
      <Link className="row-link" to={`/agents/${row.id}`} state={passage}>
        {row.name ?? row.code}
      </Link>
      <code className="faint ellipsis">{row.code}</code>
    </div>
  );
}

function stateCell(row: AgentRow) {
  return <StatusTag kind="agent" state={row.status} look={row.connection === "reconnecting" ? OUTDATED : undefined} />;
}

function reasonCell(row: AgentRow) {
  return (
    <div className="two-lines">
      <StateReason reason={row.statusReason} since={row.statusSince} />
      {WORTH_A_WORD.has(row.connection) && <ConnectionTag connection={row.connection} />}
    </div>
  );
}

/** Connections that the state and its reason do not tell already. */
const WORTH_A_WORD = new Set(["reconnecting", "polling"]);

function hostCell(row: AgentRow) {
  return (
    <div className="two-lines">
      <span className="ellipsis">{row.hostname ?? ""}</span>
      <span className="faint ellipsis" title={row.sdk ?? undefined}>
        {row.sdk ?? row.runtime ?? ""}
      </span>
    </div>
  );
}

/** The row tells it as of the last change of state; while an agent is there, it is heard all the time. */
function contactCell(row: AgentRow) {
  return row.connection === "connected" ? <ConnectionTag connection={row.connection} /> : <RelativeTime at={row.lastHeartbeatAt} />;
}
