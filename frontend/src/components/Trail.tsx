import { Pagination } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { TRAIL_PAGE_SIZE, useTrail } from "../api/trail";
import type { AuditRow } from "../wire/frames";
import { EmptyState, FailureState } from "./EmptyState";
import { isEmpty } from "./json";
import { JsonView } from "./JsonView";
import { PageSkeleton } from "./PageSkeleton";
import { Panel } from "./Panel";
import { PlainTable, type PlainColumn } from "./PlainTable";
import { RelativeTime } from "./RelativeTime";
import { StateShape } from "./StateShape";

/** What was audited about one thing, as it happens. */
export function Trail({ targetId }: { targetId: string }) {
  const { t } = useTranslation();
  const [page, open] = usePageNumber();
  const columns = useTrailColumns();
  const trail = useTrail(targetId, page);
  if (trail.isPending) return <PageSkeleton rows={6} />;
  if (trail.isError) return <FailureState error={trail.error} retry={() => void trail.refetch()} />;
  const { total } = trail.data.pagination;
  if (total === 0) return <EmptyState title={t("service.noTrail")} />;
  return (
    <Panel title={t("nav.audit")} flush>
      <PlainTable columns={columns} rows={trail.data.data} rowKey={(row) => row.id} label={t("nav.audit")} />
      {total > TRAIL_PAGE_SIZE && (
        <Pagination className="pages" current={page} pageSize={TRAIL_PAGE_SIZE} total={total} showSizeChanger={false} onChange={open} />
      )}
    </Panel>
  );
}

function usePageNumber(): [number, (page: number) => void] {
  const [params, setParams] = useSearchParams();
  const page = Math.max(1, Math.trunc(Number(params.get("page"))) || 1);
  const open = (next: number) =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      after.set("page", String(next));
      return after;
    });
  return [page, open];
}

function useTrailColumns(): PlainColumn<AuditRow>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { key: "when", title: t("service.colWhen"), cell: (row) => <RelativeTime at={row.createdAt} /> },
      { key: "action", title: t("service.colAction"), cell: (row) => <ActionCell row={row} /> },
      { key: "actor", title: t("service.colActor"), cell: (row) => <ActorCell row={row} /> },
      { key: "more", title: t("service.colMore"), cell: (row) => <MoreCell row={row} /> },
    ],
    [t],
  );
}

function ActionCell({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  return (
    <span className="two-lines">
      <code className="strong break">{row.action}</code>
      {row.result === "FAILURE" && (
        <span className="trail__failed tone-bad">
          <StateShape look={{ tone: "bad", shape: "alert" }} size={12} /> {t("service.trailFailed")}
        </span>
      )}
    </span>
  );
}

function ActorCell({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  const kind = { USER: t("service.actorUser"), AGENT: t("service.actorAgent") }[row.actorType] ?? t("service.actorSystem");
  const name = row.actorName ?? row.actorId;
  return (
    <span className="two-lines">
      <span className="break">{name ?? kind}</span>
      {name !== null && <span className="faint">{kind}</span>}
    </span>
  );
}

/** Whatever else was noted; folded, as most readers want to know that and not what. */
function MoreCell({ row }: { row: AuditRow }) {
  const { t } = useTranslation();
  if (isEmpty(row.metadata)) return <span className="faint">{row.message ?? "–"}</span>;
  return (
    <details className="trail__more">
      <summary className="faint">{row.message ?? t("service.trailMore")}</summary>
      <JsonView value={row.metadata} />
    </details>
  );
}
