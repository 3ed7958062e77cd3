import { useTranslation } from "react-i18next";
import { TRAIL_EVENTS, TRAIL_KEY, useTrail } from "../../api/bus";
import { useRefetchOn } from "../../api/refetch";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { PAGE_SIZE, Pages } from "../../components/ListControls";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { StateShape } from "../../components/StateShape";
import type { AuditRow } from "../../wire/frames";
import { useBusAddress } from "./address";

/** The part of the audit trail that the bus wrote. */
export function BusTrail() {
  const { t } = useTranslation();
  const { page } = useBusAddress();
  const trail = useTrail(page, PAGE_SIZE);
  useRefetchOn(TRAIL_KEY, TRAIL_EVENTS);
  if (trail.error !== null) return <FailureState error={trail.error} retry={() => void trail.refetch()} />;
  if (trail.data === undefined) return <PageSkeleton />;
  const { data, pagination } = trail.data;
  if (pagination.total === 0) return <EmptyState title={t("bus.noTrail")} />;
  const columns: PlainColumn<AuditRow>[] = [
    { key: "action", title: t("bus.colAction"), cell: (row) => <Happened row={row} /> },
    { key: "actor", title: t("bus.colActor"), cell: (row) => row.actorName ?? row.actorType },
    { key: "target", title: t("bus.colTarget"), cell: (row) => <span className="break">{row.targetName ?? row.targetId}</span> },
    { key: "when", title: t("bus.colWhen"), cell: (row) => <RelativeTime at={row.createdAt} /> },
  ];
  return (
    <Panel title={t("bus.audit")} flush>
      <PlainTable columns={columns} rows={data} rowKey={(row) => row.id} label={t("bus.audit")} />
      <Pages page={page} total={pagination.total} />
    </Panel>
  );
}

function Happened({ row }: { row: AuditRow }) {
  const failed = row.result === "FAILURE";
  return (
    <span className="two-lines">
      <span>
        <StateShape look={failed ? { tone: "bad", shape: "cross" } : { tone: "good", shape: "check" }} size={12} /> <code>{row.action}</code>
      </span>
      {row.message !== null && <span className="faint">{row.message}</span>}
    </span>
  );
}
