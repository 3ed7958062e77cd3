import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Panel } from "../../components/Panel";
import { ServiceReason } from "../../components/ServiceReason";
import { ServiceTag } from "../../components/StatusTag";
import { DataGrid, type Column } from "../../components/DataGrid";
import type { ViewStore } from "../../store/viewStore";
import type { ServiceRow } from "../../wire/frames";

/** The services that the agent speaks for, as they are now. */
export function AgentServices({ store, ids }: { store: ViewStore; ids: readonly string[] }) {
  const { t } = useTranslation();
  const columns = useServiceColumns();
  if (ids.length === 0) {
    return (
      <Panel title={t("agents.pageServices")}>
        <p className="faint">{t("agents.pageNoServices")}</p>
      </Panel>
    );
  }
  return <DataGrid store={store} kind="service" ids={ids} columns={columns} label={t("agents.pageServices")} />;
}

function useServiceColumns(): Column<"service">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colService"), track: "minmax(0, 2fr)", narrow: "title", cell: nameCell },
      { key: "state", title: t("fleet.colState"), track: "150px", narrow: "aside", cell: (row) => <ServiceTag service={row} /> },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2fr)", narrow: "line", cell: reasonCell },
      { key: "version", title: t("fleet.colVersion"), track: "80px", narrow: "hidden", cell: (row) => row.version ?? "" },
    ],
    [t],
  );
}

function nameCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <Link className="row-link" to={`/services/${row.id}`}>
        {row.name}
      </Link>
      <code className="faint">{row.code}</code>
    </div>
  );
}

function reasonCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <ServiceReason service={row} />
      <span className="faint grid__more">{row.healthMessage}</span>
    </div>
  );
}
