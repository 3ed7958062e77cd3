import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import { useApi } from "./session";

const PATH = "/api/admin/settings/maintenance";
export const MAINTENANCE_KEY = ["maintenance-settings"] as const;
export const MAINTENANCE_EVENTS = ["settings.maintenance."] as const;

export interface Maintenance {
  agentOfflineThresholdSeconds: number;
  auditRetentionDays: number;
  maintenanceIntervalSeconds: number;
  healthRetentionDays: number;
  commandRetentionDays: number;
  outputRetentionDays: number;
  busEventRetentionDays: number;
  tokenRetentionDays: number;
}

export type MaintenanceField = keyof Maintenance;

/** Null: the value is saved no more and follows the environment. */
export type MaintenanceChange = Partial<Record<MaintenanceField, number | null>>;

export interface MaintenanceState {
  current: Maintenance;
  /** What would count if nothing were saved. */
  environment: Maintenance;
  saved: MaintenanceField[];
}

export function useMaintenance(): UseQueryResult<MaintenanceState> {
  const api = useApi();
  return useQuery({
    queryKey: MAINTENANCE_KEY,
    queryFn: async ({ signal }) => {
      const [current, sources] = await Promise.all([
        api.get<Maintenance>(PATH, { signal }),
        api.get<Omit<MaintenanceState, "current">>(`${PATH}/sources`, { signal }),
      ]);
      return { current, ...sources };
    },
  });
}

export function useChangeMaintenance(): UseMutationResult<Maintenance, Error, MaintenanceChange> {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: MaintenanceChange) => api.patch<Maintenance>(PATH, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: MAINTENANCE_KEY }),
  });
}

/** What one sweep did: how many of each. */
export interface SweepResult {
  expiredRegistrationTokens: number;
  expiredCommands: number;
  offlineAgents: number;
  offlineServices: number;
  deletedAuditEvents: number;
  deletedSessions: number;
  deletedTokens: number;
  deletedCommandSecrets: number;
  deletedHealthReports: number;
  deletedCommands: number;
  deletedCommandOutputs: number;
  deletedBusEvents: number;
  ranAt: string;
}

export function useSweep(): UseMutationResult<SweepResult, Error, void> {
  const api = useApi();
  return useMutation({ mutationFn: () => api.post<SweepResult>("/api/admin/maintenance/run") });
}
