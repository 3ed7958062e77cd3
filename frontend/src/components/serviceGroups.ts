import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useStateText } from "../i18n/texts";
import type { AgentGroup, ServiceGroup } from "../store/fleet";
import { connectionLook, lookOf, type Look } from "./states";

export function serviceGroupLook(group: ServiceGroup): Look {
  if (group === "RECONNECTING") return connectionLook("reconnecting");
  return group === "DOWN" || group === "DEGRADED" ? lookOf("health", group) : lookOf("service", group);
}

export function agentGroupLook(group: AgentGroup): Look {
  return group === "RECONNECTING" ? connectionLook("reconnecting") : lookOf("agent", group);
}

/** What services and agents count as, in words. */
export function useGroupText(): { service: (group: ServiceGroup) => string; agent: (group: AgentGroup) => string } {
  const { t } = useTranslation();
  const text = useStateText();
  const service = useCallback(
    (group: ServiceGroup) => {
      if (group === "RECONNECTING") return t("map.reconnecting");
      if (group === "DEGRADED") return text("health", group);
      return text("service", group === "DOWN" ? "UNHEALTHY" : group);
    },
    [t, text],
  );
  const agent = useCallback(
    (group: AgentGroup) => (group === "RECONNECTING" ? t("map.reconnecting") : text("agent", group)),
    [t, text],
  );
  return { service, agent };
}
