import { useInfiniteQuery } from "@tanstack/react-query";
import type { CommandFilter } from "../store/commands";
import type { CommandDetailRow } from "../wire/frames";
import { useApi } from "./session";

const PAGE_SIZE = 100;

/**
 * Commands that had ended by `completedTo`, the last first and page by page. Nothing ends in the past,
 * so these pages never shift. Null: not asked for yet.
 */
export function useOlderCommands(filter: CommandFilter, completedTo: string | null) {
  const api = useApi();
  const query = queryOf(filter);
  return useInfiniteQuery({
    queryKey: ["commands", completedTo, query],
    queryFn: ({ pageParam, signal }) =>
      api.page<CommandDetailRow>(`/api/admin/commands?${query}&sort=-completedAt&completedTo=${completedTo}&page=${pageParam}&pageSize=${PAGE_SIZE}`, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ pagination: { page, total } }) => (page * PAGE_SIZE < total ? page + 1 : undefined),
    enabled: completedTo !== null,
    staleTime: Infinity,
    gcTime: 0,
  });
}

function queryOf({ text, groups, action, service, agent, withPrepare }: CommandFilter): string {
  const query = new URLSearchParams(groups.map((state) => ["status", state]));
  const single = { q: text.trim(), actionName: action, serviceId: service, agentId: agent, type: withPrepare ? "" : "ACTION_EXECUTE" };
  for (const [key, value] of Object.entries(single)) if (value !== "") query.set(key, value);
  return query.toString();
}
