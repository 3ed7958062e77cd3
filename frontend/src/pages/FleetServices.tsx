import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DataGrid, type Column } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField, type Choice } from "../components/FilterBar";
import { lookOf, serviceLook, type Look } from "../components/states";
import { ConnectionTag, ServiceTag, StateReason } from "../components/StatusTag";
import { useFilter } from "../components/useFilter";
import { useReasonText, useStateText } from "../i18n/texts";
import { countServices, isCurrent, SERVICE_GROUPS, selectServices, type ServiceGroup } from "../store/fleet";
import { sameCounts, sameList } from "../store/derived";
import { useDerived, useRow, useView } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { ServiceRow } from "../wire/frames";

export function FleetServices({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { filter, setText, toggle, clear } = useFilter();
  const ids = useDerived(store, useMemo(() => selectServices(filter), [filter]), sameList);
  const choices = useServiceChoices(store);
  const columns = useServiceColumns();
  return (
    <>
      <Counters choices={choices} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("fleet.searchServices")} onChange={setText} />
      {ids.length === 0 ? (
        <EmptyState title={t("fleet.nothingFound")} hint={t("fleet.nothingFoundHint")}>
          <Button onClick={clear}>{t("common.clear")}</Button>
        </EmptyState>
      ) : (
        <DataGrid store={store} kind="service" ids={ids} columns={columns} label={t("fleet.services")} />
      )}
    </>
  );
}

function useServiceChoices(store: ViewStore): Choice[] {
  const text = useStateText();
  const counts = useDerived(store, countServices, sameCounts);
  return SERVICE_GROUPS.map((key) => ({ key, label: groupText(text, key), look: groupLook(key), count: counts[key] ?? 0 })).filter(
    ({ key, count }) => count > 0 || ALWAYS.has(key),
  );
}

function groupText(text: ReturnType<typeof useStateText>, group: ServiceGroup): string {
  if (group === "DEGRADED") return text("health", group);
  return text("service", group === "DOWN" ? "UNHEALTHY" : group);
}

function groupLook(group: ServiceGroup): Look {
  return group === "DOWN" || group === "DEGRADED" ? lookOf("health", group) : lookOf("service", group);
}

/** Shown even when there are none, so that the row of counters does not jump about. */
const ALWAYS = new Set<ServiceGroup>(["DOWN", "OFFLINE", "STALE", "DEGRADED", "HEALTHY"]);

function useServiceColumns(): Column<"service">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colService"), track: "minmax(0, 2.2fr)", narrow: "title", cell: nameCell },
      { key: "state", title: t("fleet.colState"), track: "150px", narrow: "aside", cell: (row) => <ServiceTag service={row} /> },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2fr)", narrow: "line", cell: reasonCell },
      { key: "agent", title: t("fleet.colAgent"), track: "minmax(0, 1.5fr)", narrow: "line", cell: agentCell },
      { key: "version", title: t("fleet.colVersion"), track: "110px", narrow: "hidden", cell: versionCell },
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
    <div className={`two-lines tone-${serviceLook(row).tone}`}>
      <StateReason reason={row.statusReason} since={row.statusSince} />
      <span className="faint ellipsis">{isCurrent(row) ? row.healthMessage : <AgentReason agentId={row.agentId} />}</span>
    </div>
  );
}

/** Why the agent is where it is, for a service that cannot speak for itself. */
function AgentReason({ agentId }: { agentId: string }) {
  const text = useReasonText();
  const agent = useRow(useView("fleet"), agentId, "agent");
  return agent === undefined ? null : text(agent.statusReason);
}

function agentCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <span className="ellipsis">{row.agentName ?? row.agentCode}</span>
      <ConnectionTag connection={row.connection} />
    </div>
  );
}

function versionCell(row: ServiceRow) {
  return (
    <div className="two-lines">
      <span>{row.version ?? ""}</span>
      <span className="faint">{row.runtime ?? ""}</span>
    </div>
  );
}
