import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { RelativeTime } from "../components/RelativeTime";
import { StateShape } from "../components/StateShape";
import { serviceLook, type Look } from "../components/states";
import { useTitle } from "../components/useTitle";
import { useReasonText } from "../i18n/texts";
import { countAgents, isCurrent } from "../store/fleet";
import { headline, sameHeadline, worstService, type Headline, type HeadlineKind } from "../store/headline";
import { sameCounts } from "../store/derived";
import { useDerived, useRow } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { ServiceRow } from "../wire/frames";

const LOOKS: Record<Exclude<HeadlineKind, "bad">, Look> = {
  none: { tone: "idle", shape: "question" },
  outdated: { tone: "warn", shape: "clock" },
  reconnecting: { tone: "warn", shape: "clock" },
  well: { tone: "good", shape: "check" },
};

/** One sentence that can be read from across the room. */
export function Verdict({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const verdict = useDerived(store, headline, sameHeadline);
  const worst = useDerived(store, worstService);
  useTitle(verdict.bad === 0 ? t("fleet.title") : `(${verdict.bad}) ${t("fleet.title")}`);
  const look = verdict.kind === "bad" ? (worst === null ? LOOKS.none : serviceLook(worst)) : LOOKS[verdict.kind];
  return (
    <section className={`verdict tone-${look.tone}`} aria-live="polite">
      <StateShape look={look} size={38} />
      <div>
        <h1 className="verdict__text">{headlineText(t, verdict)}</h1>
        <p className="verdict__more">
          {verdict.kind === "bad" && verdict.outdated > 0 && <span>{t("fleet.outdated", { count: verdict.outdated })}</span>}
          {worst !== null && <Worst store={store} service={worst} />}
          <AgentsLine store={store} />
        </p>
      </div>
    </section>
  );
}

function headlineText(t: TFunction, { kind, services, bad, outdated, reconnecting }: Headline): string {
  if (kind === "bad") return t("fleet.attention", { count: bad, total: services });
  if (kind === "outdated") return t("fleet.outdated", { count: outdated });
  if (kind === "reconnecting") return t("fleet.agentsAway", { count: reconnecting });
  return kind === "none" ? t("fleet.noServices") : t("fleet.allWell", { count: services });
}

function Worst({ store, service }: { store: ViewStore; service: ServiceRow }) {
  const reason = useReasonText();
  const agent = useRow(store, service.agentId, "agent");
  const current = isCurrent(service);
  const speaker = current ? service : (agent ?? service);
  return (
    <span>
      <Link to={`/services/${service.id}`}>{service.name}</Link>: {(current ? service.healthMessage : null) ?? reason(speaker.statusReason)},{" "}
      <RelativeTime at={speaker.statusSince} />
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
