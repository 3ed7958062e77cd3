import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditFilter } from "../api/audit";
import { useMay } from "../api/session";
import { EmptyState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { useAuditColumns } from "./audit/columns";
import { Events } from "./audit/Events";
import { ExportMenu } from "./audit/ExportMenu";
import { isFiltered } from "./audit/filter";
import { Filters } from "./audit/Filters";
import { TailBar } from "./audit/TailBar";
import { useAuditFilter } from "./audit/useAuditFilter";
import { useAuditList, useScrolledDown } from "./audit/useAuditList";
import { Verification, VerifyButton } from "./audit/Verification";
import "../styles/audit.css";

/** Who did what to what, as it happens and back to the beginning. */
export function Audit() {
  const { t } = useTranslation();
  const mayExport = useMay("export");
  const { filter, change, clear } = useAuditFilter();
  const columns = useAuditColumns();
  const [paused, setPaused] = useState(false);
  const down = useScrolledDown();
  const list = useAuditList(filter, !paused && !down);
  return (
    <div className="page">
      <PageHeader title={t("nav.audit")} actions={mayExport ? <Actions filter={filter} /> : undefined}>
        <span className="faint">{t("audit.intro")}</span>
      </PageHeader>
      {mayExport && <Verification />}
      <Filters filter={filter} change={change} clear={clear} />
      <TailBar list={list} paused={paused} down={down} pause={setPaused} />
      <Events list={list} columns={columns} empty={<NoEvents filtered={isFiltered(filter)} clear={clear} />} />
    </div>
  );
}

function Actions({ filter }: { filter: AuditFilter }) {
  return (
    <div className="audit-actions">
      <VerifyButton />
      <ExportMenu filter={filter} />
    </div>
  );
}

function NoEvents({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  if (!filtered) return <EmptyState title={t("audit.empty")} hint={t("audit.emptyHint")} />;
  return (
    <EmptyState title={t("audit.noneSuch")} hint={t("fleet.nothingFoundHint")}>
      <Button onClick={clear}>{t("common.clear")}</Button>
    </EmptyState>
  );
}
