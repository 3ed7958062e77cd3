import { useTranslation } from "react-i18next";
import { useAgent } from "../../api/agents";
import { useLabelService } from "../../api/services";
import { ActionList } from "../../components/action/ActionList";
import { LabelsPanel } from "../../components/labels/LabelsPanel";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { isCurrent } from "../../store/fleet";
import type { ServiceDetailRow } from "../../wire/frames";
import { HealthHistory } from "./HealthHistory";
import { ServiceConnection } from "./ServiceConnection";
import { ServiceHealth } from "./ServiceHealth";
import { ServiceLinks } from "./ServiceLinks";
import { ServiceManage } from "./ServiceManage";

export function ServiceOverview({ service, openAction }: { service: ServiceDetailRow; openAction: (name: string) => void }) {
  const { agent } = useAgent(service.agentId);
  const save = useLabelService(service.id);
  return (
    <div className="columns">
      <div className="columns__main">
        <ServiceHealth health={service.health} current={isCurrent(service)} />
        <HealthHistory service={service} />
        {service.retiredAt === null && <ActionList service={service} open={openAction} />}
      </div>
      <aside className="columns__side">
        <ServiceConnection service={service} agent={agent} />
        <About service={service} />
        <LabelsPanel thing={service} inherited={agent?.labels} save={save} />
        <ServiceLinks manifest={service.manifest} />
        <ServiceManage service={service} />
      </aside>
    </div>
  );
}

function About({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("service.about")}>
      <Facts
        facts={[
          { label: t("service.version"), value: service.version },
          { label: t("service.runtime"), value: service.runtime },
          { label: t("service.lastReport"), value: <RelativeTime at={service.lastReportedAt} /> },
          { label: t("service.firstSeen"), value: <RelativeTime at={service.createdAt} /> },
          { label: t("service.id"), value: <code className="break">{service.id}</code> },
        ]}
      />
    </Panel>
  );
}
