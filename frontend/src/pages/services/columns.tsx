import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../../components/back";
import type { Column } from "../../components/DataGrid";
import { LabelChips } from "../../components/LabelChips";
import { RelativeTime } from "../../components/RelativeTime";
import { ServiceReason, ServiceWord } from "../../components/ServiceReason";
import { ConnectionTag, ServiceTag } from "../../components/StatusTag";
import type { ServiceRow } from "../../wire/frames";

/** What can be shown of a service in a list; `list`: how the way back from its page is called. */
export function useServiceColumns(list?: string): Column<"service">[] {
  const { t } = useTranslation();
  const back = list ?? t("nav.services");
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colService"), track: "minmax(0, 1.7fr)", narrow: "title", sort: "ascending", cell: (row) => <NameCell row={row} list={back} /> },
      { key: "state", title: t("fleet.colState"), track: "136px", narrow: "aside", sort: "ascending", cell: stateCell },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2.4fr)", narrow: "line", sort: "descending", cell: reasonCell },
      { key: "message", title: t("services.colMessage"), track: "minmax(0, 2fr)", narrow: "line", sort: "ascending", extra: true, cell: messageCell },
      { key: "agent", title: t("fleet.colAgent"), track: "minmax(0, 1.4fr)", narrow: "line", sort: "ascending", cell: agentCell },
      { key: "connection", title: t("services.colConnection"), track: "112px", narrow: "line", sort: "ascending", extra: true, cell: connectionCell },
      { key: "labels", title: t("service.labels"), track: "minmax(0, 1.2fr)", narrow: "line", cell: (row) => <LabelChips labels={row.labels} /> },
      { key: "version", title: t("fleet.colVersion"), track: "80px", narrow: "hidden", sort: "descending", cell: (row) => row.version ?? "" },
      { key: "runtime", title: t("service.runtime"), track: "96px", narrow: "line", sort: "ascending", extra: true, cell: (row) => row.runtime ?? "" },
      { key: "reported", title: t("service.lastReport"), track: "112px", narrow: "line", sort: "descending", extra: true, cell: (row) => <RelativeTime at={row.lastReportedAt} /> },
      { key: "created", title: t("service.firstSeen"), track: "112px", narrow: "line", sort: "descending", extra: true, cell: (row) => <RelativeTime at={row.createdAt} /> },
    ],
    [t, back],
  );
}

function NameCell({ row, list }: { row: ServiceRow; list: string }) {
  const passage = usePassage(list);
  return (
    <div className="two-lines">
      <Link className="row-link" to={`/services/${row.id}`} state={passage}>
        {row.name}
      </Link>
      <code className="faint ellipsis">{row.code}</code>
    </div>
  );
}

function stateCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <ServiceTag service={row} />
      {row.connection === "reconnecting" && <ConnectionTag connection={row.connection} />}
    </div>
  );
}

function reasonCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <ServiceReason service={row} />
      <span className="faint grid__more" title={row.healthMessage ?? undefined}>
        <ServiceWord service={row} />
      </span>
    </div>
  );
}

function messageCell(row: ServiceRow) {
  return <span className="grid__more">{row.healthMessage}</span>;
}

function agentCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <span className="ellipsis">{row.agentName ?? row.agentCode}</span>
      <ConnectionTag connection={row.connection} />
    </div>
  );
}

function connectionCell(row: ServiceRow) {
  return <ConnectionTag connection={row.connection} />;
}
