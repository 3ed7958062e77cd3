import { keepPreviousData, useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useDerived, useReady, useRow, useView } from "../store/hooks";
import { newestAbout } from "../store/trail";
import type { AgentRow, CommandDetailRow, CommandRow } from "../wire/frames";
import { useFreshAfter } from "./fresh";
import { useApi } from "./session";

const COMMANDS_SHOWN = 50;

interface FoundAgent {
  /** Undefined until it is known, and when there is none. */
  readonly agent: AgentRow | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** An agent. The fleet has every one in use; one that is retired is asked for, and again when something is audited about it. */
export function useAgent(id: string): FoundAgent {
  const api = useApi();
  const fleet = useView("fleet");
  const ready = useReady(fleet);
  const row = useRow(fleet, id, "agent");
  const key = useMemo(() => ["agent", id], [id]);
  const newest = useDerived(useView("audit"), useMemo(() => newestAbout(id), [id]));
  useFreshAfter(key, newest);
  const asked = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<AgentRow>(agentPath(id), { signal }), enabled: ready && row === undefined });
  const error = row === undefined ? asked.error : null;
  return { agent: row ?? (error === null ? asked.data : undefined), error, retry: () => void asked.refetch() };
}

/** The newest commands of an agent; fetched anew when `sign` changes. */
export function useAgentCommands(id: string, sign: string): UseQueryResult<CommandRow[]> {
  const api = useApi();
  const key = useMemo(() => ["agent-commands", id], [id]);
  useFreshAfter(key, sign);
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ agentId: id, type: "ACTION_EXECUTE", pageSize: String(COMMANDS_SHOWN) });
      const { data } = await api.page<CommandDetailRow>(`/api/admin/commands?${query}`, { signal });
      return data.map((row): CommandRow => ({ ...row, kind: "command" }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useLabelAgent(id: string): UseMutationResult<AgentRow, Error, Record<string, string>> {
  const api = useApi();
  return useMutation({ mutationFn: (labels: Record<string, string>) => api.put<AgentRow>(`${agentPath(id)}/labels`, { labels }) });
}

export function useAgentCalls(id: string) {
  const api = useApi();
  return useMemo(() => {
    const call = (name: string) => () => api.post<AgentRow>(`${agentPath(id)}/${name}`);
    return {
      disable: call("disable"),
      enable: call("enable"),
      rotate: call("rotate-token"),
      revoke: call("revoke"),
      retire: call("retire"),
      remove: () => api.delete<AgentRow>(agentPath(id)),
    };
  }, [api, id]);
}

function agentPath(id: string): string {
  return `/api/admin/agents/${encodeURIComponent(id)}`;
}
