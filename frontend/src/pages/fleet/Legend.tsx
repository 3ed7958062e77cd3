import { useTranslation } from "react-i18next";
import { useGroupText } from "../../components/serviceGroups";
import { SERVICE_GROUPS } from "../../store/fleet";

/** What the shapes mean. */
export function Legend() {
  const { t } = useTranslation();
  const { service } = useGroupText();
  return (
    <ul className="legend" aria-label={t("map.legend")}>
      {SERVICE_GROUPS.map((group) => (
        <li key={group} className="legend__item">
          <span className={`glyph face-${group}`} />
          {service(group)}
        </li>
      ))}
    </ul>
  );
}
