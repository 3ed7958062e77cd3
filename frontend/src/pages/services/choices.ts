import type { Choice } from "../../components/FilterBar";
import { serviceGroupLook, useGroupText } from "../../components/serviceGroups";
import { sameCounts } from "../../store/derived";
import { countServices, SERVICE_GROUPS, type ServiceGroup } from "../../store/fleet";
import { useSummary } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** Shown even when there are none, so that the row of counters does not jump about. */
const ALWAYS = new Set<ServiceGroup>(["DOWN", "OFFLINE", "STALE", "DEGRADED", "HEALTHY"]);

/** The states of services, each with how many are in it. */
export function useServiceChoices(store: ViewStore): Choice[] {
  const { service: text } = useGroupText();
  const counts = useSummary(store, countServices, sameCounts);
  return SERVICE_GROUPS.map((key) => ({ key, label: text(key), look: serviceGroupLook(key), count: counts[key] ?? 0 })).filter(
    ({ key, count }) => count > 0 || ALWAYS.has(key),
  );
}
