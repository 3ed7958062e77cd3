import type { AgentRow, CommandDetailRow, RunRow, RunTargetRow, ServiceRow } from "../../src/wire/frames";

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
    operatorLabels: {},
    retiredAt: null,
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
    operatorLabels: {},
    serviceCount: 1,
    retiredAt: null,
    rotationRequestedAt: null,
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
    secretsDropped: false,
    outputLines: 0,
    oneTimeKeyUntil: null,
    ...more,
  };
}

export function run(id: string, more: Partial<RunRow> = {}): RunRow {
  return {
    kind: "run",
    id,
    actionName: "check",
    actionLabel: "Check",
    dangerLevel: "LOW",
    status: "RUNNING",
    stopReason: null,
    selector: null,
    payload: {},
    concurrency: 5,
    stopAfterFailures: null,
    total: 1,
    counts: { WAITING: 1 },
    createdByUserId: null,
    createdBy: null,
    createdAt: AT,
    completedAt: null,
    updatedAt: AT,
    ...more,
  };
}

export function target(id: string, more: Partial<RunTargetRow> = {}): RunTargetRow {
  return {
    kind: "runTarget",
    id,
    runId: "run_1",
    position: 0,
    serviceId: "svc_1",
    serviceCode: "service",
    serviceName: "Service",
    agentId: "agt_1",
    agentCode: "agent",
    commandId: null,
    status: "WAITING",
    percent: null,
    progressMessage: null,
    errorCode: null,
    errorMessage: null,
    startedAt: null,
    completedAt: null,
    durationMs: null,
    ...more,
  };
}
