import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataGrid } from "../../components/DataGrid";
import { Panel } from "../../components/Panel";
import type { ViewStore } from "../../store/viewStore";
import { useServiceColumns } from "../services/columns";

const SHOWN = new Set(["name", "state", "reason", "version"]);

interface ServicesProps {
  store: ViewStore;
  ids: readonly string[];
  /** How the way back from a service is called. */
  agent: string;
}

/** The services that the agent speaks for, as they are now. */
export function AgentServices({ store, ids, agent }: ServicesProps) {
  const { t } = useTranslation();
  const all = useServiceColumns(agent);
  const columns = useMemo(() => all.filter(({ key }) => SHOWN.has(key)), [all]);
  if (ids.length > 0) return <DataGrid store={store} kind="service" ids={ids} columns={columns} label={t("agents.pageServices")} />;
  return (
    <Panel title={t("agents.pageServices")}>
      <p className="faint">{t("agents.pageNoServices")}</p>
    </Panel>
  );
}
