import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { EmptyState } from "../../components/EmptyState";
import { LabelChips } from "../../components/LabelChips";
import { PreviewCommands } from "../../components/list/PreviewCommands";
import { PreviewDrawer } from "../../components/list/PreviewDrawer";
import type { Preview } from "../../components/list/usePreview";
import { Facts } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { ServiceReason, ServiceWord } from "../../components/ServiceReason";
import { ConnectionTag, ServiceTag } from "../../components/StatusTag";
import { useReady, useRow, useView } from "../../store/hooks";
import type { CommandRow, ServiceRow } from "../../wire/frames";
import { QuickActions } from "./QuickActions";

interface PreviewProps {
  preview: Preview;
  ids: readonly string[];
}

/** What one needs to know of a service to decide whether to open it. */
export function ServicePreview({ preview, ids }: PreviewProps) {
  const { t } = useTranslation();
  const fleet = useView("fleet");
  const ready = useReady(fleet);
  const row = useRow(fleet, preview.id, "service");
  return (
    <PreviewDrawer preview={preview} ids={ids} title={row?.name ?? preview.id}>
      {row !== undefined && <Essentials row={row} />}
      {row === undefined && ready && <EmptyState title={t("service.notFound")} look={{ tone: "idle", shape: "question" }} />}
    </PreviewDrawer>
  );
}

function Essentials({ row }: { row: ServiceRow }) {
  const { t } = useTranslation();
  const detail = useView(`service:${row.id}`);
  const owns = useCallback(({ serviceId }: CommandRow) => serviceId === row.id, [row.id]);
  return (
    <div className="preview__body">
      <div className="preview__state">
        <ServiceTag service={row} large />
        <ServiceReason service={row} />
      </div>
      <p className="preview__word">
        <ServiceWord service={row} />
      </p>
      <Facts
        facts={[
          { label: t("service.agent"), value: <AgentLink row={row} /> },
          { label: t("service.version"), value: row.version },
          { label: t("service.runtime"), value: row.runtime },
          { label: t("service.labels"), value: Object.keys(row.labels).length === 0 ? null : <LabelChips labels={row.labels} /> },
          { label: t("service.lastReport"), value: <RelativeTime at={row.lastReportedAt} /> },
          { label: t("list.code"), value: <code className="break">{row.code}</code> },
        ]}
      />
      <Link to={`/services/${row.id}`}>{t("list.openPage")}</Link>
      <QuickActions store={detail} serviceId={row.id} />
      <PreviewCommands store={detail} owns={owns} />
    </div>
  );
}

function AgentLink({ row }: { row: ServiceRow }) {
  return (
    <span className="two-lines">
      <Link to={`/agents/${row.agentId}`}>{row.agentName ?? row.agentCode}</Link>
      <ConnectionTag connection={row.connection} />
    </span>
  );
}
