import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMay } from "../../api/session";
import { byCategory } from "../../components/action/catalogue";
import { DangerMark } from "../../components/action/DangerMark";
import { useRow } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** The actions of a service, each a link to its form; nothing for those who may not act. */
export function QuickActions({ store, serviceId }: { store: ViewStore; serviceId: string }) {
  const { t } = useTranslation();
  const mayOperate = useMay("operate");
  const service = useRow(store, serviceId, "serviceDetail");
  const actions = byCategory(service?.actions ?? []).flatMap((group) => group.actions);
  if (!mayOperate || actions.length === 0) return null;
  return (
    <section>
      <h2 className="panel__sub">{t("action.title")}</h2>
      <ul className="preview__list">
        {actions.map((action) => (
          <li key={action.name} className="preview__item">
            <Link to={`/services/${serviceId}?${new URLSearchParams({ action: action.name })}`}>{action.label}</Link>
            <DangerMark level={action.dangerLevel} />
          </li>
        ))}
      </ul>
    </section>
  );
}
