import { useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useApi } from "./session";
import type { CommandSummary, PreparedAction } from "./types";

export const PREPARE_KEY = "prepare";

export interface Execution {
  readonly payload: Record<string, unknown>;
  readonly confirmation: boolean;
  /** One per opened form, so that a double click starts one command. */
  readonly key: string;
}

/** Asks the service what the action's form looks like right now. */
export function usePrepared(serviceId: string, action: string, enabled: boolean): UseQueryResult<PreparedAction> {
  const api = useApi();
  return useQuery({
    queryKey: [PREPARE_KEY, serviceId, action],
    queryFn: ({ signal }) => api.get<PreparedAction>(actionPath(serviceId, action), { signal }),
    enabled,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function useExecute(serviceId: string, action: string): UseMutationResult<CommandSummary, Error, Execution> {
  const api = useApi();
  return useMutation({
    mutationFn: ({ payload, confirmation, key }: Execution) =>
      api.post<CommandSummary>(actionPath(serviceId, action), { payload, confirmation }, { idempotencyKey: key }),
  });
}

export function useCancel(commandId: string): UseMutationResult<CommandSummary, Error, void> {
  const api = useApi();
  return useMutation({
    mutationFn: () => api.post<CommandSummary>(`/api/admin/commands/${encodeURIComponent(commandId)}/cancel`),
  });
}

function actionPath(serviceId: string, action: string): string {
  return `/api/admin/capsule-services/${encodeURIComponent(serviceId)}/actions/${encodeURIComponent(action)}`;
}
