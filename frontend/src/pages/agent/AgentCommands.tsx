import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useAgentCommands } from "../../api/agents";
import { useCommandColumns } from "../../components/commandColumns";
import { DataGrid } from "../../components/DataGrid";
import { EmptyState, FailureState } from "../../components/EmptyState";
import { PageSkeleton } from "../../components/PageSkeleton";
import { newestCommands, sameRows, selectCommandsOf } from "../../store/agentPage";
import { useDerived, useView } from "../../store/hooks";
import { useRowSource } from "../../store/rowSource";

/** The newest commands of the agent: those that run as they run, older ones as they were fetched. */
export function AgentCommands({ agentId }: { agentId: string }) {
  const { t } = useTranslation();
  const columns = useCommandColumns(true);
  const live = useDerived(useView("commands"), useMemo(() => selectCommandsOf(agentId), [agentId]), sameRows);
  const fetched = useAgentCommands(agentId, live.map(({ id, status }) => `${id} ${status}`).join());
  const rows = useMemo(() => newestCommands(live, fetched.data ?? []), [live, fetched.data]);
  const { source, ids } = useRowSource(rows);
  if (fetched.isPending) return <PageSkeleton rows={6} />;
  if (fetched.isError) return <FailureState error={fetched.error} retry={() => void fetched.refetch()} />;
  if (ids.length === 0) return <EmptyState title={t("agents.pageNoCommands")} hint={t("command.emptyHint")} />;
  return <DataGrid store={source} kind="command" ids={ids} columns={columns} label={t("service.commands")} />;
}
