import { useTranslation } from "react-i18next";
import { ActionList } from "../../components/action/ActionList";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { ConnectionTag } from "../../components/StatusTag";
import { isCurrent } from "../../store/fleet";
import type { ServiceDetailRow } from "../../wire/frames";
import { ServiceHealth } from "./ServiceHealth";
import { ServiceLinks } from "./ServiceLinks";

export function ServiceOverview({ service, openAction }: { service: ServiceDetailRow; openAction: (name: string) => void }) {
  return (
    <div className="columns">
      <div className="columns__main">
        <ServiceHealth health={service.health} current={isCurrent(service)} />
        <ActionList service={service} open={openAction} />
      </div>
      <aside className="columns__side">
        <About service={service} />
        <ServiceLinks manifest={service.manifest} />
      </aside>
    </div>
  );
}

function About({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  const labels = Object.entries(service.labels);
  return (
    <Panel title={t("service.about")}>
      <Facts
        facts={[
          { label: t("service.agent"), value: <AgentName service={service} /> },
          { label: t("service.version"), value: service.version },
          { label: t("service.runtime"), value: service.runtime },
          { label: t("service.labels"), value: labels.length === 0 ? null : <Labels labels={labels} /> },
          { label: t("service.lastReport"), value: <RelativeTime at={service.lastReportedAt} /> },
          { label: t("service.firstSeen"), value: <RelativeTime at={service.createdAt} /> },
          { label: t("service.id"), value: <code className="break">{service.id}</code> },
        ]}
      />
    </Panel>
  );
}

function AgentName({ service }: { service: ServiceDetailRow }) {
  return (
    <span className="two-lines">
      <span>{service.agentName ?? service.agentCode}</span>
      <ConnectionTag connection={service.connection} />
    </span>
  );
}

function Labels({ labels }: { labels: [string, string][] }) {
  return (
    <span className="chips">
      {labels.map(([key, value]) => (
        <code key={key} className="chip">
          {key}={value}
        </code>
      ))}
    </span>
  );
}
