import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditFilter } from "../api/audit";
import { useMay } from "../api/session";
import { DataGrid } from "../components/DataGrid";
import { EmptyState, FailureState } from "../components/EmptyState";
import { PageHeader } from "../components/PageHeader";
import { PageSkeleton } from "../components/PageSkeleton";
import { useAuditColumns } from "./audit/columns";
import { EventDrawer } from "./audit/EventDrawer";
import { ExportMenu } from "./audit/ExportMenu";
import { isFiltered } from "./audit/filter";
import { Filters } from "./audit/Filters";
import { TailBar } from "./audit/TailBar";
import { useAuditFilter, useOpenEvent } from "./audit/useAuditFilter";
import { useAuditList, useRowSource, useScrolledDown } from "./audit/useAuditList";
import { Verification, VerifyButton } from "./audit/Verification";
import "../styles/audit.css";

/** Who did what to what, as it happens and back to the beginning. */
export function Audit() {
  const { t } = useTranslation();
  const mayExport = useMay("export");
  const { filter, change, clear } = useAuditFilter();
  const { opened, close } = useOpenEvent();
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
      <Events list={list} filtered={isFiltered(filter)} clear={clear} />
      {opened !== null && <EventDrawer key={opened} id={opened} known={list.rows.find((row) => row.id === opened)} close={close} />}
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

interface EventsProps {
  list: ReturnType<typeof useAuditList>;
  filtered: boolean;
  clear: () => void;
}

function Events({ list: { rows, older }, filtered, clear }: EventsProps) {
  const { t } = useTranslation();
  const columns = useAuditColumns();
  const { source, ids } = useRowSource(rows);
  const next = () => {
    if (older.hasNextPage && !older.isFetching) void older.fetchNextPage();
  };
  const again = () => void (older.data === undefined ? older.refetch() : older.fetchNextPage());
  if (ids.length === 0 && older.error === null) return older.isPending ? <PageSkeleton rows={10} /> : <NoEvents filtered={filtered} clear={clear} />;
  return (
    <>
      {ids.length > 0 && <DataGrid store={source} kind="audit" ids={ids} columns={columns} label={t("nav.audit")} atEnd={next} />}
      {older.error !== null && <FailureState error={older.error} retry={again} />}
      {older.isFetchingNextPage && <p className="audit-end faint">{t("audit.loadingOlder")}</p>}
      {ids.length > 0 && older.data !== undefined && !older.hasNextPage && <p className="audit-end faint">{t("audit.beginning")}</p>}
    </>
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
