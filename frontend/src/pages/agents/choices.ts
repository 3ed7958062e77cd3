import { useTranslation } from "react-i18next";
import type { Choice } from "../../components/FilterBar";
import { connectionLook, lookOf } from "../../components/states";
import { useStateText } from "../../i18n/texts";
import { sameCounts } from "../../store/derived";
import { AGENT_GROUPS, countAgents } from "../../store/fleet";
import { useDerived } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** The states of agents, each with how many are in it. */
export function useAgentChoices(store: ViewStore): Choice[] {
  const { t } = useTranslation();
  const text = useStateText();
  const counts = useDerived(store, countAgents, sameCounts);
  return AGENT_GROUPS.map((key) => {
    const reconnecting = key === "RECONNECTING";
    const look = reconnecting ? connectionLook("reconnecting") : lookOf("agent", key);
    return { key, label: reconnecting ? t("connection.reconnecting") : text("agent", key), look, count: counts[key] ?? 0 };
  }).filter(({ key, count }) => count > 0 || key === "ONLINE" || key === "OFFLINE");
}
