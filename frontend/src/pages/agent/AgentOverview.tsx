import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLabelAgent } from "../../api/agents";
import { LabelsPanel } from "../../components/labels/LabelsPanel";
import { Facts, Panel } from "../../components/Panel";
import { RelativeTime } from "../../components/RelativeTime";
import { selectServicesOf } from "../../store/agentPage";
import { sameList } from "../../store/derived";
import { useDerived, useView } from "../../store/hooks";
import type { AgentRow } from "../../wire/frames";
import { LastContact } from "../service/ServiceConnection";
import { AgentManage } from "./AgentManage";
import { AgentMode } from "./AgentMode";
import { AgentServices } from "./AgentServices";

export function AgentOverview({ agent }: { agent: AgentRow }) {
  const store = useView("fleet");
  const ids = useDerived(store, useMemo(() => selectServicesOf(agent.id), [agent.id]), sameList);
  const save = useLabelAgent(agent.id);
  return (
    <div className="agent-parts">
      <div className="agent-parts__services">
        <AgentServices store={store} ids={ids} agent={agent.name ?? agent.code} />
      </div>
      <aside className="agent-parts__about columns__side">
        <About agent={agent} />
        <LabelsPanel thing={agent} save={save} />
      </aside>
      <div className="agent-parts__manage">
        <AgentManage agent={agent} services={ids.length} />
      </div>
    </div>
  );
}

function About({ agent }: { agent: AgentRow }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("service.about")}>
      <Facts
        facts={[
          { label: t("service.lastContact"), value: <LastContact agent={agent} /> },
          { label: t("agents.pageMode"), value: <AgentMode mode={agent.mode} /> },
          { label: t("service.host"), value: agent.hostname === null ? null : <code className="break">{agent.hostname}</code> },
          { label: t("service.runtime"), value: agent.runtime },
          { label: t("agents.pageSdk"), value: agent.sdk },
          { label: t("agents.pageRotation"), value: agent.rotationRequestedAt === null ? null : <RelativeTime at={agent.rotationRequestedAt} /> },
          { label: t("agents.pageCreated"), value: <RelativeTime at={agent.createdAt} /> },
          { label: t("service.id"), value: <code className="break">{agent.id}</code> },
        ]}
      />
    </Panel>
  );
}
