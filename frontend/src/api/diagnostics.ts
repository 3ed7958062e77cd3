import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Maintenance } from "./maintenance";
import { useApi } from "./session";

const RUNTIME_KEY = ["runtime"] as const;
export const METRICS_KEY = ["metrics"] as const;

/** The process and how it is set up. */
export interface Runtime {
  version: string;
  edition: string;
  runtime: string;
  python: string;
  platform: string;
  arch: string;
  uptimeSeconds: number;
  pid: number;
  memory: { rss: number; heapTotal: number; heapUsed: number };
  config: {
    host: string;
    port: number;
    databaseUrl: string;
    staticDir: string;
    backupDir: string;
    backupIntervalSeconds: number;
    backupKeep: number;
    maintenance: Maintenance;
    capsuleBusEnabled: boolean;
  };
}

export type Counts = Record<string, number>;

export interface Metrics {
  totals: { users: number; agents: number; capsuleServices: number; registrationTokens: number; commands: number; auditEvents: number };
  byStatus: { agents: Counts; capsuleServices: Counts; registrationTokens: Counts; commands: Counts };
  operational: {
    agentCommandPolls: number;
    commandsDispatched: number;
    commandsCompleted: number;
    commandsFailed: number;
    actionPrepareRequested: number;
    actionPrepareTimeouts: number;
    actionPrepareFailures: number;
    oversizedCommandResultsRejected: number;
    staleOnlineAgents: number;
  };
  commandDurations: { sampleSize: number; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; meanMs: number | null };
  topCommandErrors: { code: string; count: number }[];
}

/** `epoch` names the process of the server, so that another one is asked anew. */
export function useRuntime(epoch: string | null): UseQueryResult<Runtime> {
  const api = useApi();
  return useQuery({
    queryKey: [...RUNTIME_KEY, epoch],
    queryFn: ({ signal }) => api.get<Runtime>("/api/admin/diagnostics/runtime", { signal }),
    placeholderData: (before) => before,
  });
}

export function useMetrics(): UseQueryResult<Metrics> {
  const api = useApi();
  return useQuery({ queryKey: METRICS_KEY, queryFn: ({ signal }) => api.get<Metrics>("/api/admin/metrics", { signal }) });
}
