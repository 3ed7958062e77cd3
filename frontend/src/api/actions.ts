import { useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import type { CommandDetailRow } from "../wire/frames";
import { useApi } from "./session";
import type { CommandSummary, PreparedAction } from "./types";

export const PREPARE_KEY = "prepare";

interface Execution {
  readonly payload: Record<string, unknown>;
  readonly confirmation: boolean;
  readonly key: string;
}

interface Repetition extends Omit<Execution, "payload"> {
  /** Absent: the same as before. */
  readonly payload?: Record<string, unknown>;
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

/** Does again what ended without success, with `payload` in place of the old one where that is needed. */
export function useRetry(commandId: string): UseMutationResult<CommandSummary, Error, Repetition> {
  const api = useApi();
  return useMutation({
    mutationFn: ({ payload, confirmation, key }: Repetition) =>
      api.post<CommandSummary>(`${commandPath(commandId)}/retry`, { payload, confirmation }, { idempotencyKey: key }),
  });
}

/** Fetches a command with its one-time key, which is gone from the server after that. */
export function useOneTimeKey(commandId: string): UseMutationResult<CommandDetailRow, Error, void> {
  const api = useApi();
  return useMutation({ mutationFn: () => api.get<CommandDetailRow>(commandPath(commandId)), gcTime: 0 });
}

export function useCancel(commandId: string): UseMutationResult<CommandSummary, Error, void> {
  const api = useApi();
  return useMutation({
    mutationFn: () => api.post<CommandSummary>(`${commandPath(commandId)}/cancel`),
  });
}

export function commandPath(commandId: string): string {
  return `/api/admin/commands/${encodeURIComponent(commandId)}`;
}

function actionPath(serviceId: string, action: string): string {
  return `/api/admin/capsule-services/${encodeURIComponent(serviceId)}/actions/${encodeURIComponent(action)}`;
}
