import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "../../components/EmptyState";
import { LabelChips } from "../../components/LabelChips";
import { PreviewCommands } from "../../components/list/PreviewCommands";
import { PreviewDrawer } from "../../components/list/PreviewDrawer";
import type { Preview } from "../../components/list/usePreview";
import { Facts } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { ConnectionTag, ServiceTag, StateReason, StatusTag } from "../../components/StatusTag";
import { selectServicesOf } from "../../store/agentPage";
import { sameList } from "../../store/derived";
import { useDerived, useReady, useRow, useView } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";
import type { AgentRow, CommandRow } from "../../wire/frames";
import { AgentMode } from "../agent/AgentMode";
import { LastContact } from "../service/ServiceConnection";

interface PreviewProps {
  preview: Preview;
  ids: readonly string[];
}

/** What one needs to know of an agent to decide whether to open it. */
export function AgentPreview({ preview, ids }: PreviewProps) {
  const { t } = useTranslation();
  const fleet = useView("fleet");
  const ready = useReady(fleet);
  const row = useRow(fleet, preview.id, "agent");
  return (
    <PreviewDrawer preview={preview} ids={ids} title={row?.name ?? row?.code ?? preview.id}>
      {row !== undefined && <Essentials row={row} fleet={fleet} />}
      {row === undefined && ready && <EmptyState title={t("agents.pageNotFound")} look={{ tone: "idle", shape: "question" }} />}
    </PreviewDrawer>
  );
}

function Essentials({ row, fleet }: { row: AgentRow; fleet: ViewStore }) {
  const { t } = useTranslation();
  const commands = useView("commands");
  const owns = useCallback(({ agentId }: CommandRow) => agentId === row.id, [row.id]);
  return (
    <div className="preview__body">
      <div className="preview__state">
        <StatusTag kind="agent" state={row.status} large />
        <StateReason reason={row.statusReason} since={row.statusSince} />
        <ConnectionTag connection={row.connection} />
      </div>
      <Facts
        facts={[
          { label: t("service.lastContact"), value: <LastContact agent={row} /> },
          { label: t("fleet.colHost"), value: row.hostname },
          { label: t("agents.pageSdk"), value: row.sdk },
          { label: t("service.runtime"), value: row.runtime },
          { label: t("agents.pageMode"), value: <AgentMode mode={row.mode} /> },
          { label: t("service.labels"), value: Object.keys(row.labels).length === 0 ? null : <LabelChips labels={row.labels} /> },
          { label: t("agents.pageCreated"), value: <RelativeTime at={row.createdAt} /> },
          { label: t("list.code"), value: <code className="break">{row.code}</code> },
        ]}
      />
      <Link to={`/agents/${row.id}`}>{t("list.openPage")}</Link>
      <ServicesOf agent={row} fleet={fleet} />
      <PreviewCommands store={commands} owns={owns} />
    </div>
  );
}

const SERVICES_SHOWN = 12;

function ServicesOf({ agent, fleet }: { agent: AgentRow; fleet: ViewStore }) {
  const { t } = useTranslation();
  const ids = useDerived(fleet, useMemo(() => selectServicesOf(agent.id), [agent.id]), sameList);
  return (
    <section>
      <h2 className="panel__sub">{t("nav.services")}</h2>
      {ids.length === 0 && <p className="faint">{t("agents.pageNoServices")}</p>}
      <ul className="preview__list">
        {ids.slice(0, SERVICES_SHOWN).map((id) => (
          <ServiceItem key={id} fleet={fleet} id={id} />
        ))}
      </ul>
      {ids.length > SERVICES_SHOWN && <Link to={`/agents/${agent.id}`}>{t("agents.allServices", { count: ids.length })}</Link>}
    </section>
  );
}

function ServiceItem({ fleet, id }: { fleet: ViewStore; id: string }) {
  const row = useRow(fleet, id, "service");
  if (row === undefined) return null;
  return (
    <li className="preview__item">
      <Link to={`/services/${id}`}>{row.name}</Link>
      <ServiceTag service={row} />
    </li>
  );
}
