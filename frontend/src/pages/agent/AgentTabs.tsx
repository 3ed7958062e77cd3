import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useTab } from "../../components/useTab";
import type { AgentRow } from "../../wire/frames";
import { Trail } from "../audit/Trail";
import { AgentCommands } from "./AgentCommands";
import { AgentOverview } from "./AgentOverview";

export function AgentTabs({ agent }: { agent: AgentRow }) {
  const { t } = useTranslation();
  const [tab, choose] = useTab(["overview", "commands", "audit"]);
  const items = [
    { key: "overview", label: t("service.overview"), children: <AgentOverview agent={agent} /> },
    { key: "commands", label: t("service.commands"), children: <AgentCommands agentId={agent.id} /> },
    { key: "audit", label: t("nav.audit"), children: <Trail targetId={agent.id} /> },
  ];
  return <Tabs items={items} activeKey={tab} onChange={choose} destroyOnHidden />;
}
