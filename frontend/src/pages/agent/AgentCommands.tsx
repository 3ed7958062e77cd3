import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useAgentCommands } from "../../api/agents";
import { useCommandColumns } from "../../components/commandColumns";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/PageSkeleton";
import { Panel } from "../../components/Panel";
import { PlainTable } from "../../components/PlainTable";
import { newestCommands, sameRows, selectCommandsOf } from "../../store/agentPage";
import { useDerived, useView } from "../../store/hooks";

/** The newest commands of the agent: those that run as they run, older ones as they were fetched. */
export function AgentCommands({ agentId }: { agentId: string }) {
  const { t } = useTranslation();
  const columns = useCommandColumns(true);
  const live = useDerived(useView("commands"), useMemo(() => selectCommandsOf(agentId), [agentId]), sameRows);
  const fetched = useAgentCommands(agentId, live.map(({ id, status }) => `${id} ${status}`).join());
  const rows = newestCommands(live, fetched.data?.data ?? []);
  if (fetched.isPending) return <PageSkeleton rows={6} />;
  if (fetched.isError) return <FailureState error={fetched.error} retry={() => void fetched.refetch()} />;
  if (rows.length === 0) return <EmptyState title={t("agents.pageNoCommands")} hint={t("command.emptyHint")} />;
  return (
    <Panel title={t("service.commands")} flush>
      <div className="linked-rows">
        <PlainTable columns={columns} rows={rows} rowKey={(row) => row.id} label={t("service.commands")} />
      </div>
    </Panel>
  );
}
