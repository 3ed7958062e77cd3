import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DataGrid, type Column } from "../../components/DataGrid";
import { FailureState } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/PageSkeleton";
import { useRowSource } from "../../store/rowSource";
import { EventDrawer } from "./EventDrawer";
import { useOpenEvent } from "./useAuditFilter";
import type { useAuditList } from "./useAuditList";

interface EventsProps {
  list: ReturnType<typeof useAuditList>;
  columns: readonly Column<"audit">[];
  /** Stands there when there are none. */
  empty: ReactNode;
}

/** Events, back to the beginning; one of them can be opened. */
export function Events({ list, columns, empty }: EventsProps) {
  const { opened, close } = useOpenEvent();
  return (
    <>
      <EventGrid list={list} columns={columns} empty={empty} />
      {opened !== "" && <EventDrawer key={opened} id={opened} known={list.rows.find((row) => row.id === opened)} close={close} />}
    </>
  );
}

function EventGrid({ list: { rows, older }, columns, empty }: EventsProps) {
  const { t } = useTranslation();
  const { source, ids } = useRowSource(rows);
  const next = () => {
    if (older.hasNextPage && !older.isFetching) void older.fetchNextPage();
  };
  const again = () => void (older.data === undefined ? older.refetch() : older.fetchNextPage());
  if (ids.length === 0 && older.error === null) return older.isPending ? <PageSkeleton rows={10} /> : empty;
  return (
    <>
      {ids.length > 0 && <DataGrid store={source} kind="audit" ids={ids} columns={columns} label={t("nav.audit")} atEnd={next} />}
      {older.error !== null && <FailureState error={older.error} retry={again} />}
      {older.isFetchingNextPage && <p className="audit-end faint">{t("audit.loadingOlder")}</p>}
      {ids.length > 0 && older.data !== undefined && !older.hasNextPage && <p className="audit-end faint">{t("audit.beginning")}</p>}
    </>
  );
}
