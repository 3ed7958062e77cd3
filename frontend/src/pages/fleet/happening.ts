import { useTranslation } from "react-i18next";
import { useGroupText } from "../../components/serviceGroups";
import type { AgentGroup, ServiceGroup } from "../../store/fleet";
import type { Entry } from "../../store/stream";

const SERVICE = {
  DOWN: "fleet.wentDown",
  OFFLINE: "fleet.wentOffline",
  STALE: "fleet.wentStale",
  DEGRADED: "fleet.gotDegraded",
  UNKNOWN: "fleet.gotUnknown",
  RECONNECTING: "fleet.gotReconnecting",
  HEALTHY: "fleet.gotHealthy",
} as const satisfies Record<ServiceGroup, string>;

const AGENT = {
  OFFLINE: "fleet.wentOffline",
  RECONNECTING: "fleet.gotReconnecting",
  PENDING: "fleet.gotPending",
  ONLINE: "fleet.gotOnline",
  DISABLED: "fleet.gotDisabled",
  REVOKED: "fleet.gotRevoked",
} as const satisfies Record<AgentGroup, string>;

const COMMAND = {
  RUNNING: "fleet.commandRuns",
  SUCCEEDED: "fleet.commandSucceeded",
  FAILED: "fleet.commandFailed",
  EXPIRED: "fleet.commandExpired",
  CANCELLED: "fleet.commandCancelled",
} as const;

/** What happened to the one who is named, as the rest of the sentence. */
export function useHappening({ kind, state, target, others }: Entry): string {
  const { t } = useTranslation();
  const text = useGroupText();
  if (kind === "command") {
    const on = others > 0 ? t("fleet.targetAndOthers", { service: target ?? "", count: others }) : (target ?? "");
    const key = COMMAND[state as keyof typeof COMMAND];
    return key === undefined ? `${state} · ${on}` : t(key, { service: on });
  }
  if (others > 0) return t("fleet.withOthers", { count: others, state: kind === "agent" ? text.agent(state as AgentGroup) : text.service(state as ServiceGroup) });
  return kind === "agent" ? t(AGENT[state as AgentGroup]) : t(SERVICE[state as ServiceGroup]);
}
