import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { ConnectionTag, StateReason } from "../../components/StatusTag";
import type { AgentRow, ServiceDetailRow } from "../../wire/frames";

/** Who speaks for the service, and whether it can be reached. */
export function ServiceConnection({ service, agent }: { service: ServiceDetailRow; agent: AgentRow | undefined }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("service.connection")} extra={<ConnectionTag connection={service.connection} />}>
      <Facts
        facts={[
          { label: t("service.agent"), value: <AgentLink service={service} /> },
          ...(agent === undefined ? [] : agentFacts(agent, t("service.agentState"), t("service.lastContact"), t("service.host"))),
        ]}
      />
    </Panel>
  );
}

function agentFacts(agent: AgentRow, state: string, contact: string, host: string) {
  return [
    { label: state, value: <StateReason reason={agent.statusReason} since={agent.statusSince} /> },
    { label: contact, value: <LastContact agent={agent} /> },
    { label: host, value: agent.hostname === null ? null : <code className="break">{agent.hostname}</code> },
  ];
}

/** Heartbeats are no changes, so a connected agent is heard from without the page being told of each. */
export function LastContact({ agent }: { agent: AgentRow }) {
  const { t } = useTranslation();
  if (agent.connection === "connected") return <>{t("service.inContact")}</>;
  if (agent.connection === "polling") return <>{t("service.inPollContact")}</>;
  return <RelativeTime at={agent.lastHeartbeatAt} />;
}

function AgentLink({ service }: { service: ServiceDetailRow }) {
  return (
    <span className="two-lines">
      <Link to={`/agents/${service.agentId}`}>{service.agentName ?? service.agentCode}</Link>
      {service.agentName !== null && <code className="faint break">{service.agentCode}</code>}
    </span>
  );
}
