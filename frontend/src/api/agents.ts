import { keepPreviousData, useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useDerived, useView } from "../store/hooks";
import { newestAbout } from "../store/trail";
import type { AgentRow, CommandRow } from "../wire/frames";
import { useFreshAfter } from "./fresh";
import { useApi } from "./session";
import type { Page } from "./types";

const COMMANDS_SHOWN = 50;

/** An agent as REST tells of it: also one that is retired, which no list shows. */
export function useAgent(id: string, enabled: boolean): UseQueryResult<AgentRow> {
  const api = useApi();
  const key = useMemo(() => ["agent", id], [id]);
  const newest = useDerived(useView("audit"), useMemo(() => newestAbout(id), [id]));
  useFreshAfter(key, newest);
  return useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<AgentRow>(agentPath(id), { signal }), enabled });
}

/** The newest commands of an agent; fetched anew when `sign` changes. */
export function useAgentCommands(id: string, sign: string): UseQueryResult<Page<CommandRow>> {
  const api = useApi();
  const key = useMemo(() => ["agent-commands", id], [id]);
  useFreshAfter(key, sign);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      api.page<CommandRow>(`/api/admin/commands?agentId=${encodeURIComponent(id)}&type=ACTION_EXECUTE&pageSize=${COMMANDS_SHOWN}`, { signal }),
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
