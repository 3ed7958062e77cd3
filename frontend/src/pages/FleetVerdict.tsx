import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { RelativeTime } from "../components/RelativeTime";
import { StateShape } from "../components/StateShape";
import { serviceLook, type Look } from "../components/states";
import { useTitle } from "../components/useTitle";
import { useReasonText } from "../i18n/texts";
import { countAgents, countServices, isCurrent, worstService } from "../store/fleet";
import { sameCounts } from "../store/derived";
import { useDerived } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { ServiceRow } from "../wire/frames";

const WELL: Look = { tone: "good", shape: "check" };
const NONE: Look = { tone: "idle", shape: "question" };

/** One sentence that can be read from across the room. */
export function Verdict({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const services = useDerived(store, countServices, sameCounts);
  const worst = useDerived(store, worstService);
  const total = Object.values(services).reduce((sum, one) => sum + one, 0);
  const bad = total - (services.HEALTHY ?? 0);
  useTitle(bad === 0 ? t("fleet.title") : `(${bad}) ${t("fleet.title")}`);
  const look = worst === null ? (total === 0 ? NONE : WELL) : serviceLook(worst);
  const text = bad === 0 ? t("fleet.allWell", { count: total }) : t("fleet.attention", { count: bad, total });
  return (
    <section className={`verdict tone-${look.tone}`} aria-live="polite">
      <StateShape look={look} size={38} />
      <div>
        <h1 className="verdict__text">{total === 0 ? t("fleet.noServices") : text}</h1>
        <p className="verdict__more">
          {worst !== null && <Worst service={worst} />}
          <AgentsLine store={store} />
        </p>
      </div>
    </section>
  );
}

function Worst({ service }: { service: ServiceRow }) {
  const reason = useReasonText();
  const said = isCurrent(service) ? service.healthMessage : null;
  return (
    <span>
      <Link to={`/services/${service.id}`}>{service.name}</Link>: {said ?? reason(service.statusReason)},{" "}
      <RelativeTime at={service.statusSince} />
    </span>
  );
}

function AgentsLine({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const agents = useDerived(store, countAgents, sameCounts);
  const total = Object.values(agents).reduce((sum, one) => sum + one, 0);
  const reconnecting = agents.RECONNECTING ?? 0;
  return (
    <span>
      {t("fleet.agentsOnline", { online: agents.ONLINE ?? 0, total })}
      {reconnecting > 0 && `, ${t("fleet.agentsReconnecting", { count: reconnecting })}`}
    </span>
  );
}
