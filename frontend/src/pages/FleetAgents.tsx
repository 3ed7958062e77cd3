import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { DataGrid, type Column } from "../components/DataGrid";
import { EmptyState } from "../components/EmptyState";
import { Counters, SearchField, type Choice } from "../components/FilterBar";
import { connectionLook, lookOf, OUTDATED } from "../components/states";
import { ConnectionTag, StateReason, StatusTag } from "../components/StatusTag";
import { useFilter } from "../components/useFilter";
import { useStateText } from "../i18n/texts";
import { AGENT_GROUPS, countAgents } from "../store/fleet";
import { selectAgents } from "../store/fleetLists";
import { sameCounts, sameList } from "../store/derived";
import { useDerived } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { AgentRow } from "../wire/frames";

export function FleetAgents({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { filter, setText, toggle, clear } = useFilter();
  const ids = useDerived(store, useMemo(() => selectAgents(filter), [filter]), sameList);
  const choices = useAgentChoices(store);
  const columns = useAgentColumns();
  return (
    <>
      <Counters choices={choices} chosen={filter.groups} toggle={toggle} />
      <SearchField text={filter.text} placeholder={t("fleet.searchAgents")} onChange={setText} />
      {ids.length === 0 ? (
        <EmptyState title={t("fleet.nothingFound")} hint={t("fleet.nothingFoundHint")}>
          <Button onClick={clear}>{t("common.clear")}</Button>
        </EmptyState>
      ) : (
        <DataGrid store={store} kind="agent" ids={ids} columns={columns} label={t("fleet.agents")} muted={isWaiting} />
      )}
    </>
  );
}

function useAgentChoices(store: ViewStore): Choice[] {
  const { t } = useTranslation();
  const text = useStateText();
  const counts = useDerived(store, countAgents, sameCounts);
  return AGENT_GROUPS.map((key) => {
    const reconnecting = key === "RECONNECTING";
    const look = reconnecting ? connectionLook("reconnecting") : lookOf("agent", key);
    return { key, label: reconnecting ? t("connection.reconnecting") : text("agent", key), look, count: counts[key] ?? 0 };
  }).filter(({ key, count }) => count > 0 || key === "ONLINE" || key === "OFFLINE");
}

function useAgentColumns(): Column<"agent">[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "name", title: t("fleet.colAgent"), track: "minmax(0, 2fr)", narrow: "title", cell: nameCell },
      { key: "state", title: t("fleet.colState"), track: "140px", narrow: "aside", cell: stateCell },
      { key: "reason", title: t("fleet.colSince"), track: "minmax(0, 2fr)", narrow: "line", cell: reasonCell },
      { key: "host", title: t("fleet.colHost"), track: "minmax(0, 1.4fr)", narrow: "line", cell: hostCell },
      { key: "services", title: t("fleet.colServices"), track: "100px", narrow: "hidden", cell: (row) => row.serviceCount },
    ],
    [t],
  );
}

function nameCell(row: AgentRow) {
  return (
    <div className="two-lines">
      <span className="strong">{row.name ?? row.code}</span>
      <code className="faint">{row.code}</code>
    </div>
  );
}

function isWaiting(row: AgentRow): boolean {
  return row.connection === "reconnecting";
}

function stateCell(row: AgentRow) {
  return <StatusTag kind="agent" state={row.status} look={isWaiting(row) ? OUTDATED : undefined} />;
}

function reasonCell(row: AgentRow) {
  return (
    <div className="two-lines">
      <StateReason reason={row.statusReason} since={row.statusSince} />
      <ConnectionTag connection={row.connection} />
    </div>
  );
}

function hostCell(row: AgentRow) {
  return (
    <div className="two-lines">
      <span className="ellipsis">{row.hostname ?? ""}</span>
      <span className="faint ellipsis">{row.sdk ?? row.runtime ?? ""}</span>
    </div>
  );
}
