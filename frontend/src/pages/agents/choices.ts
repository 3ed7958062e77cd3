import type { Choice } from "../../components/FilterBar";
import { agentGroupLook, useGroupText } from "../../components/serviceGroups";
import { sameCounts } from "../../store/derived";
import { AGENT_GROUPS, countAgents, type AgentGroup } from "../../store/fleet";
import { useSummary } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** Shown even when there are none, so that the row of counters does not jump about. */
const ALWAYS = new Set<AgentGroup>(["OFFLINE", "ONLINE"]);

/** The states of agents, each with how many are in it. */
export function useAgentChoices(store: ViewStore): Choice[] {
  const { agent: text } = useGroupText();
  const counts = useSummary(store, countAgents, sameCounts);
  return AGENT_GROUPS.map((key) => ({ key, label: text(key), look: agentGroupLook(key), count: counts[key] ?? 0 })).filter(
    ({ key, count }) => count > 0 || ALWAYS.has(key),
  );
}
