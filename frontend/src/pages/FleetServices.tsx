import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { DataGrid, type Column } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField, type Choice } from "../components/FilterBar";
import { connectionLook, lookOf, type Look } from "../components/states";
import { ServiceReason, ServiceWord } from "../components/ServiceReason";
import { ConnectionTag, ServiceTag } from "../components/StatusTag";
import { useFilter } from "../components/useFilter";
import { useStateText } from "../i18n/texts";
import { countServices, SERVICE_GROUPS, type ServiceGroup } from "../store/fleet";
import { selectServices } from "../store/fleetLists";
import { sameCounts, sameList } from "../store/derived";
import { useDerived } from "../store/hooks";
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
        <DataGrid store={store} kind="service" ids={ids} columns={columns} label={t("fleet.services")} muted={isWaiting} />
      )}
    </>
  );
}

function useServiceChoices(store: ViewStore): Choice[] {
  const { t } = useTranslation();
  const text = useStateText();
  const counts = useDerived(store, countServices, sameCounts);
  const label = (key: ServiceGroup): string => (key === "RECONNECTING" ? t("connection.reconnecting") : groupText(text, key));
  return SERVICE_GROUPS.map((key) => ({ key, label: label(key), look: groupLook(key), count: counts[key] ?? 0 })).filter(
    ({ key, count }) => count > 0 || ALWAYS.has(key),
  );
}

function groupText(text: ReturnType<typeof useStateText>, group: Exclude<ServiceGroup, "RECONNECTING">): string {
  if (group === "DEGRADED") return text("health", group);
  return text("service", group === "DOWN" ? "UNHEALTHY" : group);
}

function groupLook(group: ServiceGroup): Look {
  if (group === "RECONNECTING") return connectionLook("reconnecting");
  return group === "DOWN" || group === "DEGRADED" ? lookOf("health", group) : lookOf("service", group);
}

/** Shown even when there are none, so that the row of counters does not jump about. */
const ALWAYS = new Set<ServiceGroup>(["DOWN", "OFFLINE", "STALE", "DEGRADED", "HEALTHY"]);

function useServiceColumns(): Column<"service">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colService"), track: "minmax(0, 1.7fr)", narrow: "title", cell: nameCell },
      { key: "state", title: t("fleet.colState"), track: "136px", narrow: "aside", cell: stateCell },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2.6fr)", narrow: "line", cell: reasonCell },
      { key: "agent", title: t("fleet.colAgent"), track: "minmax(0, 1.5fr)", narrow: "line", cell: agentCell },
      { key: "version", title: t("fleet.colVersion"), track: "72px", narrow: "hidden", cell: versionCell },
    ],
    [t],
  );
}

/** Its agent is away for the moment: what the row says may be out of date. */
function isWaiting(row: ServiceRow): boolean {
  return row.connection === "reconnecting";
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
