import type { AgentRow, ServiceRow } from "../wire/frames";
import type { View } from "../wire/view";
import { countBy, rowsOf } from "./derived";

/** What a service counts as in the fleet view. */
export type ServiceGroup = "DOWN" | "OFFLINE" | "STALE" | "DEGRADED" | "UNKNOWN" | "RECONNECTING" | "HEALTHY";
export const SERVICE_GROUPS: readonly ServiceGroup[] = ["DOWN", "OFFLINE", "STALE", "DEGRADED", "UNKNOWN", "RECONNECTING", "HEALTHY"];

export type AgentGroup = "OFFLINE" | "RECONNECTING" | "PENDING" | "ONLINE" | "DISABLED" | "REVOKED";
export const AGENT_GROUPS: readonly AgentGroup[] = ["OFFLINE", "RECONNECTING", "PENDING", "ONLINE", "DISABLED", "REVOKED"];

export interface Filter {
  readonly text: string;
  /** Empty: all of them. */
  readonly groups: readonly string[];
}

export function serviceGroup({ status, healthStatus, connection }: ServiceRow): ServiceGroup {
  if (status === "HEALTHY" && connection === "reconnecting") return "RECONNECTING";
  if (status === "UNHEALTHY") return healthStatus === "DEGRADED" ? "DEGRADED" : "DOWN";
  return SERVICE_GROUPS.find((group) => group === status) ?? "UNKNOWN";
}

/** True when somebody has to look; one whose agent is expected back may heal by itself. */
export function needsAttention(group: ServiceGroup): boolean {
  return group !== "HEALTHY" && group !== "RECONNECTING";
}

/** False when what the service last said may no longer be true. */
export function isCurrent({ status, connection }: { status: string; connection: string }): boolean {
  return status !== "OFFLINE" && status !== "STALE" && connection !== "reconnecting";
}

export function agentGroup({ status, connection }: AgentRow): AgentGroup {
  if (status === "ONLINE" && connection === "reconnecting") return "RECONNECTING";
  return AGENT_GROUPS.find((group) => group === status) ?? "PENDING";
}

export function countServices(view: View): Record<string, number> {
  return countBy(rowsOf(view, "service"), serviceGroup);
}

export function countAgents(view: View): Record<string, number> {
  return countBy(rowsOf(view, "agent"), agentGroup);
}

const SERVICE_RANK: Record<string, number> = { UNHEALTHY: 0, OFFLINE: 1, STALE: 2, UNKNOWN: 5, HEALTHY: 6 };

/** What is wrong comes first: the lower the worse. */
export function severity(service: ServiceRow): number {
  if (service.status === "UNHEALTHY" && service.healthStatus === "DEGRADED") return 3;
  if (service.status === "HEALTHY" && service.connection === "reconnecting") return 4;
  return SERVICE_RANK[service.status] ?? 5;
}

const AGENT_RANK: Record<string, number> = { OFFLINE: 0, PENDING: 2, ONLINE: 3, DISABLED: 4, REVOKED: 5 };

export function agentSeverity({ status, connection }: AgentRow): number {
  return status === "ONLINE" && connection === "reconnecting" ? 1 : (AGENT_RANK[status] ?? 3);
}
