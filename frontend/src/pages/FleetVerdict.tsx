import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePassage } from "../components/back";
import { RelativeTime } from "../components/RelativeTime";
import { serviceGroupLook } from "../components/serviceGroups";
import { StateShape } from "../components/StateShape";
import { serviceLook, type Look } from "../components/states";
import { useTitle } from "../components/useTitle";
import { useReasonText } from "../i18n/texts";
import { countAgents, isCurrent, serviceGroup } from "../store/fleet";
import { headline, sameHeadline, worstServices, type Headline, type HeadlineKind } from "../store/headline";
import { sameCounts, sameList } from "../store/derived";
import { useRow, useSummary } from "../store/hooks";
import type { ViewStore } from "../store/viewStore";
import type { ServiceRow } from "../wire/frames";

const LOOKS: Record<Exclude<HeadlineKind, "bad">, Look> = {
  none: { tone: "idle", shape: "question" },
  outdated: { tone: "warn", shape: "clock" },
  reconnecting: { tone: "warn", shape: "clock" },
  well: { tone: "good", shape: "check" },
};

/** One sentence that can be read from across the room, and who is meant by it. */
export function Verdict({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const verdict = useSummary(store, headline, sameHeadline);
  const worst = useSummary(store, worstServices, sameList);
  const look = useLook(store, verdict, worst[0]);
  useTitle(verdict.bad === 0 ? t("fleet.title") : `(${verdict.bad}) ${t("fleet.title")}`);
  return (
    <section className={`verdict tone-${look.tone}`} aria-label={t("fleet.verdict")}>
      <StateShape look={look} size={46} />
      <div className="verdict__said">
        <h1 className="verdict__text">{headlineText(t, verdict)}</h1>
        <p className="verdict__more">
          {verdict.kind === "bad" && verdict.outdated > 0 && <span>{t("fleet.outdated", { count: verdict.outdated })}</span>}
          <AgentsLine store={store} />
        </p>
        {worst.length > 0 && (
          <ul className="verdict__worst">
            {worst.map((id) => (
              <Worst key={id} store={store} id={id} />
            ))}
            <More verdict={verdict} named={worst.length} />
          </ul>
        )}
      </div>
      <Announcement store={store} />
    </section>
  );
}

function useLook(store: ViewStore, { kind }: Headline, worst: string | undefined): Look {
  const service = useRow(store, worst ?? "", "service");
  if (kind !== "bad") return LOOKS[kind];
  return service === undefined ? LOOKS.none : serviceLook(service);
}

/** Readers hear of the verdict when it has changed, and not of every number on the way. */
const ANNOUNCED_MS = 10_000;

function Announcement({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const verdict = useSummary(store, headline, sameHeadline, ANNOUNCED_MS);
  return (
    <p className="unseen" role="status">
      {headlineText(t, verdict)}
    </p>
  );
}

function More({ verdict, named }: { verdict: Headline; named: number }) {
  const { t } = useTranslation();
  const count = verdict.bad + verdict.outdated - named;
  return count > 0 ? <li className="faint">{t("fleet.more", { count })}</li> : null;
}

function headlineText(t: TFunction, { kind, services, bad, outdated, reconnecting }: Headline): string {
  if (kind === "bad") return t("fleet.attention", { count: bad, total: services });
  if (kind === "outdated") return t("fleet.outdated", { count: outdated });
  if (kind === "reconnecting") return t("fleet.agentsAway", { count: reconnecting });
  return kind === "none" ? t("fleet.noServices") : t("fleet.allWell", { count: services });
}

function Worst({ store, id }: { store: ViewStore; id: string }) {
  const service = useRow(store, id, "service");
  return service === undefined ? null : <WorstLine store={store} service={service} />;
}

function WorstLine({ store, service }: { store: ViewStore; service: ServiceRow }) {
  const { t } = useTranslation();
  const reason = useReasonText();
  const agent = useRow(store, service.agentId, "agent");
  const passage = usePassage(t("nav.fleet"));
  const current = isCurrent(service);
  const speaker = current ? service : (agent ?? service);
  const look = serviceGroupLook(serviceGroup(service));
  return (
    <li className={`tone-${look.tone}`}>
      <StateShape look={look} />
      <Link to={`/services/${service.id}`} state={passage}>
        {service.name}
      </Link>
      <span className="verdict__why">{(current ? service.healthMessage : null) ?? reason(speaker.statusReason)}</span>
      <span className="faint">
        <RelativeTime at={speaker.statusSince} />
      </span>
    </li>
  );
}

function AgentsLine({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const agents = useSummary(store, countAgents, sameCounts);
  const total = Object.values(agents).reduce((sum, one) => sum + one, 0);
  const reconnecting = agents.RECONNECTING ?? 0;
  return (
    <span>
      {t("fleet.agentsOnline", { online: agents.ONLINE ?? 0, total })}
      {reconnecting > 0 && `, ${t("fleet.agentsReconnecting", { count: reconnecting })}`}
    </span>
  );
}
