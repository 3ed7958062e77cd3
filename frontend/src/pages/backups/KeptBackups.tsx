import { useTranslation } from "react-i18next";
import { useBackups, type Backup } from "../../api/backups";
import { useAddress } from "../../components/address";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { formatBytes } from "../../components/format";
import { PAGE_SIZE, Pages } from "../../components/ListControls";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";

/** What lies in the folder of the backups. */
export function KeptBackups() {
  const { t } = useTranslation();
  const { page } = useAddress();
  const { data, error, refetch } = useBackups(page, PAGE_SIZE);
  const columns: PlainColumn<Backup>[] = [
    { key: "name", title: t("backups.colName"), cell: ({ name }) => <code className="break">{name}</code> },
    { key: "size", title: t("backups.colSize"), cell: ({ sizeBytes }) => <span className="numbers">{formatBytes(sizeBytes)}</span> },
    { key: "made", title: t("backups.colMade"), cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
  ];
  if (error !== null) return <FailureState error={error} retry={() => void refetch()} />;
  if (data === undefined) return <PageSkeleton />;
  if (data.pagination.total === 0) return <EmptyState title={t("backups.none")} hint={t("backups.noneHint")} />;
  return (
    <Panel title={t("backups.kept")} flush>
      <PlainTable columns={columns} rows={data.data} rowKey={({ name }) => name} label={t("backups.kept")} />
      <Pages page={page} total={data.pagination.total} />
    </Panel>
  );
}
