import { useTranslation } from "react-i18next";
import type { Choice } from "../../components/FilterBar";
import { connectionLook, lookOf, type Look } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { sameCounts } from "../../store/derived";
import { countServices, SERVICE_GROUPS, type ServiceGroup } from "../../store/fleet";
import { useDerived } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** The states of services, each with how many are in it. */
export function useServiceChoices(store: ViewStore): Choice[] {
  const { t } = useTranslation();
  const text = useStateText();
  const counts = useDerived(store, countServices, sameCounts);
  const label = (key: ServiceGroup): string => (key === "RECONNECTING" ? t("connection.reconnecting") : groupText(text, key));
  return SERVICE_GROUPS.map((key) => ({ key, label: label(key), look: groupLook(key), count: counts[key] ?? 0 })).filter(
    ({ key, count }) => count > 0 || ALWAYS.has(key),
  );
}

function groupText(text: ReturnType<typeof useStateText>, group: Exclude<ServiceGroup, "RECONNECTING">): string {
  if (group === "DEGRADED") return text("health", group);
  return text("service", group === "DOWN" ? "UNHEALTHY" : group);
}

function groupLook(group: ServiceGroup): Look {
  if (group === "RECONNECTING") return connectionLook("reconnecting");
  return group === "DOWN" || group === "DEGRADED" ? lookOf("health", group) : lookOf("service", group);
}

/** Shown even when there are none, so that the row of counters does not jump about. */
const ALWAYS = new Set<ServiceGroup>(["DOWN", "OFFLINE", "STALE", "DEGRADED", "HEALTHY"]);
