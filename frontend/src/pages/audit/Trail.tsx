import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../../components/EmptyState";
import { useAuditColumns } from "./columns";
import { Events } from "./Events";
import { readFilter } from "./filter";
import { useAuditList } from "./useAuditList";
import "../../styles/audit.css";

/** What was audited about one thing, as it happens. */
export function Trail({ targetId }: { targetId: string }) {
  const { t } = useTranslation();
  const filter = useMemo(() => readFilter(new URLSearchParams({ targetId })), [targetId]);
  const all = useAuditColumns();
  const columns = useMemo(() => all.filter(({ key }) => key !== "target"), [all]);
  return <Events list={useAuditList(filter, true)} columns={columns} empty={<EmptyState title={t("audit.noTrail")} />} />;
}
