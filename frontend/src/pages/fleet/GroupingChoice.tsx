import { useTranslation } from "react-i18next";
import { useParam } from "../../components/address";
import { sameList } from "../../store/derived";
import { byLabel, labelKeys, labelOf, type Grouping } from "../../store/fleetMap";
import { useSummary } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** How the map is grouped, kept in the address; by state unless it says otherwise. */
export function useGrouping(): [Grouping, (grouping: Grouping) => void] {
  const [asked, ask] = useParam("group");
  const grouping = asked === "agent" || labelOf(asked) !== null ? asked : "state";
  return [grouping, (next) => ask(next === "state" ? "" : next)];
}

interface ChoiceProps {
  store: ViewStore;
  grouping: Grouping;
  choose: (grouping: Grouping) => void;
}

export function GroupingChoice({ store, grouping, choose }: ChoiceProps) {
  const { t } = useTranslation();
  const keys = useSummary(store, labelKeys, sameList);
  const chosen = labelOf(grouping);
  const labels = chosen === null || keys.includes(chosen) ? keys : [chosen, ...keys];
  const options = [
    { value: "state", label: t("map.byState") },
    { value: "agent", label: t("map.byAgent") },
    ...labels.map((key) => ({ value: byLabel(key), label: t("map.byLabel", { key }) })),
  ];
  return (
    <label className="map-choice">
      <span className="faint">{t("map.groupBy")}</span>
      {/* The browser's own: the library's would be a tenth of the first load. */}
      <select className="map-choice__select" value={grouping} onChange={({ target }) => choose(target.value)}>
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
