import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useGroupText } from "../../components/serviceGroups";
import { currentLanguage } from "../../i18n";
import { useReasonText } from "../../i18n/texts";
import { serviceGroup, type ServiceGroup } from "../../store/fleet";
import { labelOf, selectorOf, type Grouping, type MapGroup } from "../../store/fleetMap";
import type { MapTexts } from "./tileMap";

/** The words of the map, for elements that React does not know. */
export function useMapTexts(grouping: Grouping): MapTexts {
  const { t } = useTranslation();
  const reason = useReasonText();
  const { service: state } = useGroupText();
  const language = currentLanguage();
  return useMemo(() => {
    const count = new Intl.NumberFormat(language);
    const titleOf = ({ rest, name, value }: MapGroup): string => {
      if (rest) return t("map.rest");
      if (value === null) return t("map.without", { key: labelOf(grouping) ?? "" });
      return grouping === "state" ? state(value as ServiceGroup) : (name ?? value);
    };
    return {
      tile: (row) => t("map.tile", { name: row.name, state: state(serviceGroup(row)), reason: reason(row.statusReason) }),
      head: (group) => ({
        title: titleOf(group),
        count: count.format(group.ids.length),
        trouble: grouping === "state" || group.trouble === 0 ? null : t("map.trouble", { count: group.trouble }),
        link: linkOf(grouping, group),
        face: grouping === "state" ? (group.value as ServiceGroup) : null,
      }),
    };
  }, [t, reason, state, language, grouping]);
}

function linkOf(grouping: Grouping, { rest, value }: MapGroup): string | null {
  const label = labelOf(grouping);
  if (rest) return null;
  if (label !== null) return `/services?selector=${encodeURIComponent(selectorOf(label, value))}`;
  return grouping === "agent" ? `/agents/${value}` : `/services?state=${value}`;
}
