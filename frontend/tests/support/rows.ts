import type { AgentRow, CommandDetailRow, ServiceRow } from "../../src/wire/frames";

const AT = "2026-01-01T00:00:00.000Z";

export function service(id: string, more: Partial<ServiceRow> = {}): ServiceRow {
  return {
    kind: "service",
    id,
    agentId: "agt_1",
    agentCode: "agent",
    agentName: null,
    code: id,
    name: id,
    description: null,
    version: null,
    runtime: null,
    status: "HEALTHY",
    storedStatus: "HEALTHY",
    statusReason: "HEALTH_UP",
    statusSince: AT,
    connection: "connected",
    healthStatus: "UP",
    healthMessage: null,
    labels: {},
    lastReportedAt: null,
    lastHealthAt: null,
    createdAt: AT,
    updatedAt: AT,
    ...more,
  };
}

export function agent(id: string, more: Partial<AgentRow> = {}): AgentRow {
  return {
    kind: "agent",
    id,
    code: id,
    name: null,
    mode: "embedded",
    runtime: null,
    status: "ONLINE",
    statusReason: "CONNECTED",
    statusSince: AT,
    connection: "connected",
    lastHeartbeatAt: null,
    hostname: null,
    sdk: null,
    labels: {},
    serviceCount: 1,
    createdAt: AT,
    updatedAt: AT,
    ...more,
  };
}

export function command(id: string, more: Partial<CommandDetailRow> = {}): CommandDetailRow {
  return {
    kind: "commandDetail",
    id,
    agentId: "agt_1",
    agentCode: "agent",
    serviceId: "svc_1",
    serviceCode: "service",
    serviceName: "Service",
    type: "ACTION_EXECUTE",
    actionName: "check",
    actionLabel: "Check",
    status: "RUNNING",
    attempt: 1,
    percent: null,
    progressMessage: null,
    createdByUserId: null,
    createdBy: null,
    cancelRequestedAt: null,
    errorCode: null,
    errorMessage: null,
    createdAt: AT,
    updatedAt: AT,
    sentAt: null,
    startedAt: null,
    completedAt: null,
    expiresAt: null,
    durationMs: null,
    payload: {},
    result: null,
    outputLines: 0,
    ...more,
  };
}
