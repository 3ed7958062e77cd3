import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTokenUses } from "../../api/tokens";
import { pageNumber, useAddress } from "../../components/address";
import { usePassage } from "../../components/back";
import { FailureState } from "../../components/EmptyState";
import { PAGE_SIZE, Pages } from "../../components/ListControls";
import { PageSkeleton } from "../../components/PageSkeleton";
import { PlainTable, type PlainColumn } from "../../components/PlainTable";
import { RelativeTime } from "../../components/RelativeTime";
import { ConnectionTag, StatusTag } from "../../components/StatusTag";
import { useRow, useView } from "../../store/hooks";
import type { AuditRow } from "../../wire/frames";
import { USES_PAGE } from "./query";

/** Every use of a token, with how the agent is now. */
export function UsedBy({ tokenId }: { tokenId: string }) {
  const { t } = useTranslation();
  const page = pageNumber(useAddress().read(USES_PAGE));
  const uses = useTokenUses(tokenId, page, PAGE_SIZE);
  const columns = useMemo<PlainColumn<AuditRow>[]>(
    () => [
      { key: "agent", title: t("tokens.colAgent"), cell: (row) => <AgentLink id={row.actorId ?? ""} code={row.actorName} /> },
      { key: "state", title: t("tokens.colStatus"), cell: (row) => <AgentState id={row.actorId ?? ""} /> },
      { key: "when", title: t("tokens.colWhen"), cell: (row) => <RelativeTime at={row.createdAt} /> },
    ],
    [t],
  );
  if (uses.error !== null) return <FailureState error={uses.error} retry={() => void uses.refetch()} />;
  if (uses.data === undefined) return <PageSkeleton rows={2} />;
  return (
    <>
      <PlainTable columns={columns} rows={uses.data.data} rowKey={(row) => row.id} label={t("tokens.colAgent")} />
      <Pages page={page} total={uses.data.pagination.total} part={USES_PAGE} />
    </>
  );
}

export function AgentLink({ id, code }: { id: string; code: string | null }) {
  const { t } = useTranslation();
  const agent = useRow(useView("fleet"), id, "agent");
  const passage = usePassage(t("nav.tokens"));
  return (
    <Link to={`/agents/${id}`} state={passage}>
      {agent?.name ?? agent?.code ?? code ?? id}
    </Link>
  );
}

function AgentState({ id }: { id: string }) {
  const { t } = useTranslation();
  const agent = useRow(useView("fleet"), id, "agent");
  if (agent === undefined) return <span className="faint">{t("tokens.agentGone")}</span>;
  return (
    <span className="chips">
      <StatusTag kind="agent" state={agent.status} />
      <ConnectionTag connection={agent.connection} />
    </span>
  );
}
