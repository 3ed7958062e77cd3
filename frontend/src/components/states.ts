import type { ServiceDetailRow, ServiceRow } from "../wire/frames";

/** How a state feels; colours follow it. Never the only sign: every state has a shape too. */
export type Tone = "good" | "warn" | "bad" | "info" | "idle";
export type Shape = "check" | "diamond" | "alert" | "clock" | "off" | "question" | "dots" | "spin" | "cross" | "slash" | "link";

export interface Look {
  readonly tone: Tone;
  readonly shape: Shape;
}

const UNKNOWN: Look = { tone: "idle", shape: "question" };

const SERVICE: Record<string, Look> = {
  HEALTHY: { tone: "good", shape: "check" },
  UNHEALTHY: { tone: "bad", shape: "alert" },
  STALE: { tone: "warn", shape: "clock" },
  OFFLINE: { tone: "bad", shape: "off" },
  UNKNOWN,
};

/** What was last said, by a service whose agent is not there to say it again. */
export const OUTDATED: Look = { tone: "idle", shape: "clock" };

const DEGRADED: Look = { tone: "warn", shape: "diamond" };

const AGENT: Record<string, Look> = {
  ONLINE: { tone: "good", shape: "check" },
  PENDING: { tone: "info", shape: "dots" },
  OFFLINE: { tone: "bad", shape: "off" },
  DISABLED: { tone: "idle", shape: "slash" },
  REVOKED: { tone: "idle", shape: "cross" },
};

const HEALTH: Record<string, Look> = {
  UP: { tone: "good", shape: "check" },
  DEGRADED,
  DOWN: { tone: "bad", shape: "alert" },
  UNKNOWN,
};

const COMMAND: Record<string, Look> = {
  PENDING: { tone: "info", shape: "dots" },
  RUNNING: { tone: "info", shape: "spin" },
  SUCCEEDED: { tone: "good", shape: "check" },
  FAILED: { tone: "bad", shape: "cross" },
  EXPIRED: { tone: "warn", shape: "clock" },
  CANCELLED: { tone: "idle", shape: "slash" },
};

const RUN: Record<string, Look> = {
  RUNNING: { tone: "info", shape: "spin" },
  SUCCEEDED: { tone: "good", shape: "check" },
  FAILED: { tone: "bad", shape: "cross" },
  STOPPED: { tone: "warn", shape: "slash" },
};

const TARGET: Record<string, Look> = {
  ...COMMAND,
  WAITING: { tone: "idle", shape: "dots" },
  SKIPPED: { tone: "idle", shape: "slash" },
};

const TOKEN: Record<string, Look> = {
  ACTIVE: { tone: "good", shape: "check" },
  USED: { tone: "idle", shape: "link" },
  REVOKED: { tone: "idle", shape: "slash" },
  EXPIRED: { tone: "warn", shape: "clock" },
};

/** How what is in the audit trail ended. */
const OUTCOME: Record<string, Look> = {
  SUCCESS: { tone: "good", shape: "check" },
  FAILURE: { tone: "bad", shape: "cross" },
};

const USER: Record<string, Look> = {
  ACTIVE: { tone: "good", shape: "check" },
  DISABLED: { tone: "idle", shape: "slash" },
};

const ROUTE: Record<string, Look> = {
  ENABLED: { tone: "good", shape: "check" },
  DRY_RUN: { tone: "info", shape: "question" },
  DISABLED: { tone: "idle", shape: "slash" },
};

/** What a route made of an event. */
const ROUTED: Record<string, Look> = {
  CREATED: { tone: "good", shape: "check" },
  DRY_RUN: { tone: "info", shape: "question" },
  FAILED: { tone: "bad", shape: "cross" },
};

const CONNECTION: Record<string, Look> = {
  connected: { tone: "good", shape: "link" },
  reconnecting: { tone: "warn", shape: "spin" },
  polling: { tone: "info", shape: "dots" },
  none: { tone: "idle", shape: "off" },
};

const LOOKS = { service: SERVICE, agent: AGENT, health: HEALTH, command: COMMAND, token: TOKEN, run: RUN, target: TARGET, outcome: OUTCOME, user: USER, route: ROUTE, routed: ROUTED };

export type StateKind = keyof typeof LOOKS;

/** The look of a state; states this console does not know look unknown. */
export function lookOf(kind: StateKind, state: string): Look {
  return LOOKS[kind][state] ?? UNKNOWN;
}

export function connectionLook(connection: string): Look {
  return CONNECTION[connection] ?? UNKNOWN;
}

type ServiceFacts = Pick<ServiceRow | ServiceDetailRow, "status" | "healthStatus" | "connection">;

/** A degraded service is unhealthy on the wire and less bad to the eye. */
export function serviceLook({ status, healthStatus }: ServiceFacts): Look {
  return status === "UNHEALTHY" && healthStatus === "DEGRADED" ? DEGRADED : lookOf("service", status);
}

const UNFINISHED = new Set(["PENDING", "RUNNING"]);

export function isFinished(status: string): boolean {
  return !UNFINISHED.has(status);
}
