import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { agentGroupLook, serviceGroupLook, useGroupText } from "../../components/serviceGroups";
import { StateShape } from "../../components/StateShape";
import { lookOf, type Look } from "../../components/states";
import { ALL_COMMANDS, countCommands, failureTimes } from "../../store/commands";
import { sameCounts, sameList } from "../../store/derived";
import { AGENT_GROUPS, countAgents, countServices, SERVICE_GROUPS, type AgentGroup, type ServiceGroup } from "../../store/fleet";
import { useReady, useSummary, useTicking } from "../../store/hooks";
import type { ViewStore } from "../../store/viewStore";

/** How many there are of everything, each number a way to the list of those. */
export function FleetCounters({ store, commands }: { store: ViewStore; commands: ViewStore }) {
  return (
    <div className="fleet-counters">
      <ServiceCounters store={store} />
      <AgentCounters store={store} />
      <CommandCounters store={commands} />
    </div>
  );
}

/** Shown even when there are none, so that the numbers keep their places. */
const SERVICES = new Set<ServiceGroup>(["DOWN", "OFFLINE", "HEALTHY"]);
const AGENTS = new Set<AgentGroup>(["OFFLINE", "ONLINE"]);

function ServiceCounters({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { service } = useGroupText();
  const counts = useSummary(store, countServices, sameCounts);
  const shown = SERVICE_GROUPS.filter((group) => SERVICES.has(group) || counts[group] !== undefined);
  return (
    <CounterGroup title={t("fleet.services")} total={totalOf(counts)} to="/services">
      {shown.map((group) => (
        <Counter key={group} to={`/services?state=${group}`} look={serviceGroupLook(group)} label={service(group)} count={counts[group] ?? 0} />
      ))}
    </CounterGroup>
  );
}

function AgentCounters({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const { agent } = useGroupText();
  const counts = useSummary(store, countAgents, sameCounts);
  const shown = AGENT_GROUPS.filter((group) => AGENTS.has(group) || counts[group] !== undefined);
  return (
    <CounterGroup title={t("fleet.agents")} total={totalOf(counts)} to="/agents">
      {shown.map((group) => (
        <Counter key={group} to={`/agents?state=${group}`} look={agentGroupLook(group)} label={agent(group)} count={counts[group] ?? 0} />
      ))}
    </CounterGroup>
  );
}

const countExecuted = countCommands(ALL_COMMANDS);
const HOUR_MS = 3_600_000;

function CommandCounters({ store }: { store: ViewStore }) {
  const { t } = useTranslation();
  const ready = useReady(store);
  const counts = useSummary(store, countExecuted, sameCounts);
  const times = useSummary(store, failureTimes, sameList);
  const failed = useTicking((now) => times.filter((time) => Date.parse(time) > now - HOUR_MS).length);
  const known = (count: number): number | null => (ready ? count : null);
  return (
    <CounterGroup title={t("fleet.commands")} total={null} to="/commands">
      <Counter to="/commands?state=RUNNING" look={lookOf("command", "RUNNING")} label={t("fleet.running")} count={known(counts.RUNNING ?? 0)} />
      <Counter to="/commands?state=FAILED" look={lookOf("command", "FAILED")} label={t("fleet.failedLately")} count={known(failed)} />
    </CounterGroup>
  );
}

interface GroupProps {
  title: string;
  total: number | null;
  to: string;
  children: ReactNode;
}

function CounterGroup({ title, total, to, children }: GroupProps) {
  return (
    <section className="counter-group" aria-label={title}>
      <h2 className="counter-group__title">
        <Link to={to}>
          {title} {total !== null && <Count count={total} />}
        </Link>
      </h2>
      <div className="counters">{children}</div>
    </section>
  );
}

interface CounterProps {
  to: string;
  look: Look;
  label: string;
  /** Null while it is not known. */
  count: number | null;
}

function Counter({ to, look, label, count }: CounterProps) {
  return (
    <Link to={to} className={`counter tone-${look.tone}${count === 0 || count === null ? " counter--zero" : ""}`}>
      <StateShape look={look} size={16} />
      <span className="counter__count">{count === null ? "–" : <Count count={count} />}</span>
      <span className="counter__label">{label}</span>
    </Link>
  );
}

function Count({ count }: { count: number }) {
  const { i18n } = useTranslation();
  return <span className="numbers">{count.toLocaleString(i18n.language)}</span>;
}

function totalOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
