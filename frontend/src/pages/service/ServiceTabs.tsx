import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { JsonView } from "../../components/JsonView";
import { Panel } from "../../components/Panel";
import { useTab } from "../../components/useTab";
import type { ViewStore } from "../../store/viewStore";
import type { ServiceDetailRow } from "../../wire/frames";
import { Trail } from "../audit/Trail";
import { ServiceCommands } from "./ServiceCommands";
import { ServiceConfigs } from "./ServiceConfigs";
import { ServiceOverview } from "./ServiceOverview";

interface TabsProps {
  store: ViewStore;
  service: ServiceDetailRow;
  openAction: (name: string) => void;
}

export function ServiceTabs({ store, service, openAction }: TabsProps) {
  const { t } = useTranslation();
  const [tab, choose] = useTab(["overview", "configuration", "commands", "audit", "manifest"]);
  const count = service.configs.length;
  const configuration = count === 0 ? t("service.configuration") : `${t("service.configuration")} ${count}`;
  const items = [
    { key: "overview", label: t("service.overview"), children: <ServiceOverview service={service} openAction={openAction} /> },
    { key: "configuration", label: configuration, children: <ServiceConfigs configs={service.configs} /> },
    { key: "commands", label: t("service.commands"), children: <ServiceCommands store={store} /> },
    { key: "audit", label: t("nav.audit"), children: <Trail targetId={service.id} /> },
    { key: "manifest", label: t("service.manifest"), children: <Manifest service={service} /> },
  ];
  return <Tabs items={items} activeKey={tab} onChange={choose} destroyOnHidden />;
}

function Manifest({ service }: { service: ServiceDetailRow }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("service.manifest")}>
      <JsonView value={service.manifest} />
    </Panel>
  );
}
